package dev.sluice.drill;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One client, on a thread of its own: one request after the other, until it is told to end or, in a stop,
 * nobody takes its connection any more. None repeats anything: what goes wrong is told to the {@link RequestLog}.
 */
abstract class Client implements Runnable {
    /** A port on which nobody listened. */
    static final class NotConnected extends IOException {
        private static final long serialVersionUID = 1L;

        NotConnected(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    final Ground ground;
    final Lane lane;
    final Deeds deeds;

    Client(Ground ground, Lane lane, Deeds deeds) {
        this.ground = ground;
        this.lane = lane;
        this.deeds = deeds;
    }

    static Client of(Ground ground, Lane lane, Deeds deeds) {
        if (lane.kind() == Kind.WEBSOCKET) return new WebSocketClient(ground, lane, deeds);
        return lane.http2() ? new Http2Client(ground, lane, deeds) : new Http1Client(ground, lane, deeds);
    }

    @Override
    public final void run() {
        try {
            while (!ground.isEnding() && turn()) ground.pause(ground.pace().think());
            finish();
        } catch (InterruptedException e) {
            // The drill does not wait for this client any longer, and ends what it has left.
            Thread.currentThread().interrupt();
        } finally {
            leave();
        }
    }

    /**
     * The next request, or several, or a connection for them.
     *
     * @return whether there may be another one
     */
    abstract boolean turn() throws InterruptedException;

    /** Waits for what is under way besides. */
    void finish() throws InterruptedException {}

    /** Closes what is open. */
    abstract void leave();

    /** There was no connection.
     *
     * @return whether it may be tried again */
    final boolean refused(Sent sent, NotConnected why) {
        if (ground.mayRefuse()) {
            // Nothing was sent, and nothing could be: that is how a client learns of a stop.
            ground.log().forget(sent);
            return false;
        }
        ground.log().broken(sent, describe(why));
        return true;
    }

    /** Looks at an answer whose end has come. */
    final void settle(Sent sent, Deed deed, Answer answer, boolean told) {
        String how = Integer.toString(answer.status());
        String flaw = flaw(deed, answer);
        if (flaw != null) ground.log().broken(sent, flaw);
        else if (deed.events() && answer.length() < deed.expected())
            ground.log().endedEarly(sent, answer.length() / deed.giveSize() + " of " + deed.givePieces() + " events");
        else ground.log().finished(sent, told, how);
    }

    /** What is wrong with it; null when it is the answer that was asked for. */
    private @Nullable String flaw(Deed deed, Answer answer) {
        String reason = answer.field("proxy-status");
        String status = "status " + answer.status() + (reason == null ? "" : " (Proxy-Status: " + reason + ")");
        // Whatever a real backend says is an answer; what Sluice says in its place is none.
        if (ground.plan().real()) return answer.status() >= 500 && reason != null ? status : null;
        String taken = answer.field(Deed.TAKEN.toLowerCase(Locale.ROOT));
        if (answer.status() != 200 || taken == null) return status + " in the place of the stand-in's answer";
        if (!taken.equals(Long.toString(deed.length())))
            return "the stand-in got " + taken + " of " + deed.length() + " bytes";
        if (answer.length() == deed.expected() || (deed.events() && answer.length() < deed.expected())) return null;
        return "an answer of " + answer.length() + " of " + deed.expected() + " bytes";
    }

    /** An end in words. */
    static String describe(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) root = root.getCause();
        if (root instanceof SocketTimeoutException) return "nothing came for too long";
        String message = root.getMessage();
        if (message == null || message.isBlank()) return root.getClass().getSimpleName();
        return root instanceof EOFException || root instanceof IOException
                ? message
                : root.getClass().getSimpleName() + ": " + message;
    }
}
