package dev.sluice.drill;

/**
 * One request, as its client sees it. Changed by its client alone, and by nobody once {@link RequestLog} has it as ended;
 * times are nanoseconds from the start of the drill.
 */
public final class Sent {
    private final Lane lane;
    private final String method;
    private final String path;
    private final long began;
    private volatile boolean connected;
    private volatile Phase phase = Phase.CONNECTING;
    private volatile long received;
    private volatile long ended = -1;
    private volatile Outcome outcome = Outcome.FINISHED;
    private volatile String how = "";

    Sent(Lane lane, String method, String path, long began) {
        this.lane = lane;
        this.method = method;
        this.path = path;
        this.began = began;
    }

    public Lane lane() {
        return lane;
    }

    public String method() {
        return method;
    }

    public String path() {
        return path;
    }

    /** When it, or the connection that was opened for it, was begun. */
    public long began() {
        return began;
    }

    /** When its client knew how it had ended; -1 while it does not. */
    public long ended() {
        return ended;
    }

    public Outcome outcome() {
        return outcome;
    }

    /** How far it had come. */
    public Phase phase() {
        return phase;
    }

    /** How it ended, in words: {@code 200}, {@code Close 1001 after 12 messages}, {@code connection reset}. */
    public String how() {
        return how;
    }

    /** Bytes of the answer's body. */
    public long received() {
        return received;
    }

    /** Whether there was a connection: without one nothing was sent. */
    boolean isConnected() {
        return connected;
    }

    void connected() {
        connected = true;
        phase = Phase.SENDING;
    }

    void phase(Phase value) {
        phase = value;
    }

    void received(long bytes) {
        received = bytes;
    }

    void end(Outcome value, String words, long when) {
        outcome = value;
        how = words;
        ended = when;
    }

    /** For lists of what was lost: client, request, phase and end. */
    @Override
    public String toString() {
        return lane.label() + ": " + method + " " + path + ", " + phase.label() + ": " + how;
    }
}
