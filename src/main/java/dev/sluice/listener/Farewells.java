package dev.sluice.listener;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.http2.SessionContainer;
import org.eclipse.jetty.http2.server.AbstractHTTP2ServerConnectionFactory;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.component.Graceful;

/**
 * The HTTP/2 sessions of one listener, which a drain tells that they end. In the place of Jetty's own container, which gives
 * a session without streams its two GOAWAYs in one go: a request that crosses them on the way would be thrown away.
 *
 * <p>Safe for use by many threads.
 */
final class Farewells extends AbstractLifeCycle implements Graceful {
    // Bounded by the connections of the server.
    private final Set<Farewell> sessions = ConcurrentHashMap.newKeySet();
    private volatile boolean begun;

    /** Takes over the end of the sessions that a factory makes. To be called before it starts. */
    static Farewells of(AbstractHTTP2ServerConnectionFactory factory) {
        Farewells farewells = new Farewells();
        // Jetty would tell whatever it finds in the server. What else that container does it does all the same.
        factory.removeBean(factory.getBean(SessionContainer.class));
        factory.addBean(farewells);
        return farewells;
    }

    @Override
    protected void doStart() throws Exception {
        begun = false;
        super.doStart();
    }

    /** The session is told now, or when a drain begins. */
    void add(Farewell session) {
        // Added first, then looked at: a drain that begins in between finds it among the others.
        sessions.add(session);
        if (begun) session.begin();
    }

    void remove(Farewell session) {
        sessions.remove(session);
    }

    /** Tells all sessions, and those to come. Whoever waits for their end waits for their connections. */
    @Override
    public CompletableFuture<Void> shutdown() {
        begun = true;
        sessions.forEach(Farewell::begin);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public boolean isShutdown() {
        return begun;
    }
}
