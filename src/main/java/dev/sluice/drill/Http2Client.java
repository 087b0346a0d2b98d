package dev.sluice.drill;

import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2: several requests at a time on one connection, or one where its body is slow. After a GOAWAY it opens no stream
 * any more, waits for those that there are, and closes (RFC 9113 §6.8).
 */
final class Http2Client extends Client {
    private static final int AT_A_TIME = 3;

    private final int atATime;
    private final Semaphore free;
    private @Nullable Http2Wire wire;

    Http2Client(Ground ground, Lane lane, Deeds deeds) {
        super(ground, lane, deeds);
        atATime = lane.kind() == Kind.MULTIPLEXED ? AT_A_TIME : 1;
        free = new Semaphore(atATime);
    }

    @Override
    boolean turn() throws InterruptedException {
        if (wire != null && wire.isOver()) {
            // Those that are under way first: they are what the announcement leaves time for.
            finish();
            leave();
        }
        if (!free.tryAcquire(ground.pace().pause().toMillis(), TimeUnit.MILLISECONDS)) return true;
        Deed deed = deeds.next();
        Sent sent = ground.log().begin(lane, deed);
        Http2Exchange exchange = new Http2Exchange(this, deed, sent);
        try {
            if (wire == null) wire = Http2Wire.open(ground, lane, sent);
            else sent.connected();
            send(wire, deed, exchange);
        } catch (NotConnected e) {
            free.release();
            return refused(sent, e);
        } catch (IOException e) {
            // Unless it has an answer all the same, or its connection has told the reason.
            exchange.broken(describe(e));
            leave();
        }
        return true;
    }

    /** Another request may take its place. */
    void streamEnded() {
        free.release();
    }

    private void send(Http2Wire on, Deed deed, Http2Exchange exchange) throws IOException, InterruptedException {
        var head = exchange.head(ground.port(lane), lane.secure(), ground.plan().real());
        int stream = on.send(head, deed.sendPieces() == 0, exchange);
        if (stream == 0) {
            exchange.neverSent();
            return;
        }
        byte[] piece = new byte[deed.sendSize()];
        for (int i = 1; i <= deed.sendPieces(); i++) {
            if (i > 1) Pauses.pause(deed.pause());
            if (!on.send(stream, piece, i == deed.sendPieces())) return;
        }
        exchange.waits();
    }

    @Override
    void finish() throws InterruptedException {
        if (free.tryAcquire(atATime, ground.pace().patience().toMillis(), TimeUnit.MILLISECONDS)) free.release(atATime);
    }

    @Override
    void leave() {
        if (wire != null) wire.close();
        wire = null;
    }
}
