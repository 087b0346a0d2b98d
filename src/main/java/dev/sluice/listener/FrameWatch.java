package dev.sluice.listener;

import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.Frame;
import org.eclipse.jetty.http2.frames.PingFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.http2.frames.SettingsFrame;

/**
 * Counts what Jetty does not ask the {@link FrameBudget} of a connection about, or asks without saying enough. One for each
 * session.
 *
 * <p>Updates of windows and pings cost nothing as long as they go with content: clients send some for what they receive, those
 * of gRPC a ping each time to measure the line. Frames that have to be answered are bounded too while their answers are not
 * taken: a client that sends and does not read would otherwise fill the heap, slowly (CVE-2019-9512, CVE-2019-9515).
 */
final class FrameWatch implements HTTP2Session.FrameListener {
    /** Updates and pings that go with one DATA frame to the client; Go's client sends about eight for 16 KB. */
    private static final int FREE_WITH_DATA = 10;
    /** The same for the head of an answer. */
    private static final int FREE_WITH_HEAD = 2;
    /** For a client that reads several megabytes in small steps after they have all been sent. */
    private static final int MOST_FREE = 16_384;
    /** Of connections that only begin: they enlarge their windows. */
    private static final int FREE_AT_FIRST = 16;
    /** Far more than can be on their way to one who reads. */
    private static final int MOST_UNANSWERED = 1024;

    private final AtomicInteger free = new AtomicInteger(FREE_AT_FIRST);
    private final AtomicInteger unanswered = new AtomicInteger();

    @Override
    public void onIncomingFrame(Session session, Frame frame) {
        switch (frame.getType()) {
            case DATA -> receive(session, (DataFrame) frame);
            case WINDOW_UPDATE -> spend(session);
            case PING -> {
                spend(session);
                if (!((PingFrame) frame).isReply()) owe(session);
            }
            case SETTINGS -> {
                if (!((SettingsFrame) frame).isReply()) owe(session);
            }
            case RST_STREAM -> {
                // The budget cannot tell them from Sluice's own.
                if (FrameBudget.isSluicesOwn((ResetFrame) frame)) charge(session);
            }
            default -> {
                // Jetty asks the budget, or the frame is a request or content.
            }
        }
    }

    @Override
    public void onOutgoingFrame(Session session, Frame frame) {
        switch (frame.getType()) {
            // Answers without content are answers, too, and clients open windows for the next ones.
            case HEADERS -> free.getAndUpdate(n -> Math.min(MOST_FREE, n + FREE_WITH_HEAD));
            case DATA -> free.getAndUpdate(n -> Math.min(MOST_FREE, n + FREE_WITH_DATA));
            case PING -> {
                if (((PingFrame) frame).isReply()) unanswered.decrementAndGet();
            }
            case SETTINGS -> {
                if (((SettingsFrame) frame).isReply()) unanswered.decrementAndGet();
            }
            default -> {
                // Nothing that a client could ask for without end.
            }
        }
    }

    private void receive(Session session, DataFrame data) {
        // Jetty asks about those without any byte only.
        if (data.padding() > 0 && data.remaining() == 0 && !data.isEndStream()) charge(session);
    }

    private void spend(Session session) {
        if (free.getAndUpdate(n -> Math.max(0, n - 1)) == 0) charge(session);
    }

    private void charge(Session session) {
        if (session instanceof HTTP2Session s && !s.getParser().rateControlOnEvent(this)) end(s, "frame_rate");
    }

    private void owe(Session session) {
        if (unanswered.incrementAndGet() > MOST_UNANSWERED && session instanceof HTTP2Session s)
            end(s, "answers_not_read");
    }

    static void end(HTTP2Session session, String reason) {
        // Through the connection, so that nothing more is read from it.
        if (session.getEndPoint().getConnection() instanceof HTTP2Connection connection)
            connection.onConnectionFailure(ErrorCode.ENHANCE_YOUR_CALM_ERROR.code, reason);
    }
}
