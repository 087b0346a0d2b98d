package dev.sluice.drill;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** HTTP/1.1: one request at a time, on a new connection each or on one that is kept. */
final class Http1Client extends Client {
    private static final byte[] NOTHING = new byte[0];

    private @Nullable Wire wire;
    private long lastUsed;

    Http1Client(Ground ground, Lane lane, Deeds deeds) {
        super(ground, lane, deeds);
    }

    @Override
    boolean turn() throws InterruptedException {
        if (wire != null && wire.isEnded()) {
            ground.log().closedIdle();
            leave();
        }
        Deed deed = deeds.next();
        Sent sent = ground.log().begin(lane, deed);
        // What a drain closes is at rest: for how long it was says whether the linger was too short.
        String rest = wire == null
                ? ""
                : ", on a connection that had rested for " + (System.nanoTime() - lastUsed) / 1_000_000 + " ms";
        try {
            if (wire == null) wire = Wire.open(ground, lane, sent);
            else sent.connected();
            if (!exchange(wire, deed, sent)) leave();
            lastUsed = System.nanoTime();
        } catch (NotConnected e) {
            return refused(sent, e);
        } catch (IOException e) {
            ground.log().broken(sent, describe(e) + rest);
            leave();
        }
        // One is enough to see how it ends.
        return lane.kind() != Kind.STUCK;
    }

    /** @return whether the connection may be used again */
    private boolean exchange(Wire on, Deed deed, Sent sent) throws IOException, InterruptedException {
        StringBuilder lines = new StringBuilder();
        if (!ground.plan().real())
            lines.append(Deed.FIELD).append(": ").append(deed.instruction()).append("\r\n");
        if (deed.events()) lines.append("Accept: text/event-stream\r\n");
        if (deed.sendPieces() > 0)
            lines.append("Content-Length: ").append(deed.length()).append("\r\n");
        IOException whileSending = send(on, deed, lines.toString());
        Answer answer;
        try {
            answer = on.answer(deed.method(), sent);
        } catch (IOException e) {
            // What broke first says more.
            if (whileSending == null) throw e;
            sent.phase(Phase.SENDING);
            throw whileSending;
        }
        settle(sent, deed, answer, answer.closes());
        return whileSending == null && !answer.closes() && lane.kind() != Kind.SHORT;
    }

    /** @return what broke; there may be an answer all the same, which then says why */
    private @Nullable IOException send(Wire on, Deed deed, String lines) throws InterruptedException {
        byte[] piece = deed.sendPieces() > 0 ? new byte[deed.sendSize()] : NOTHING;
        try {
            on.head(deed.method(), deed.target(), lines);
            for (int i = 0; i < deed.sendPieces(); i++) {
                if (i > 0) Pauses.pause(deed.pause());
                on.write(piece);
            }
            return null;
        } catch (IOException e) {
            return e;
        }
    }

    @Override
    void leave() {
        if (wire != null) wire.close();
        wire = null;
    }
}
