package dev.sluice.upstream;

/**
 * An open connection to a backend that many exchanges share, as the limits of connections count it: exchanges need none of
 * their own while there is one that takes more of them. Safe for use by many threads.
 */
public final class SharedConnection {
    private enum State {
        OPEN,
        LEAVING,
        ENDED
    }

    private final Backend backend;
    private final ConnectionCount count;
    private State state = State.OPEN; // guarded by this

    /** It counts from now on, room or not. */
    SharedConnection(Backend backend, ConnectionCount count) {
        this.backend = backend;
        this.count = count;
        count.sharedOpened();
        backend.pool().line().serve();
    }

    /** It takes no more exchanges, and finishes those that it has. One of each backend that does so leaves room for another. */
    public void leaves() {
        synchronized (this) {
            if (state != State.OPEN) return;
            state = State.LEAVING;
            count.sharedLeaves();
        }
        backend.pool().line().serve();
    }

    /** It has ended, or is one that does not count. */
    public void ended() {
        synchronized (this) {
            if (state == State.ENDED) return;
            if (state == State.OPEN) count.sharedClosed();
            else count.leavingClosed();
            state = State.ENDED;
        }
        backend.pool().line().serve();
    }
}
