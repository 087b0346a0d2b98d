package dev.sluice.drain;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.util.component.LifeCycle;

/**
 * What a WAR can do about the stop of a Jetty that has no module of ours: as the server begins to stop, before any of its
 * connectors does, the exchanges of this one web application are drained, and the stop waits for them. Where the module
 * drains the whole server, nothing is done.
 *
 * <p>A web application is stopped after the connectors, which is too late. Hence a listener at the server, which is taken
 * back when the web application stops.
 */
public final class WarDrain {
    /** Where the server has no {@code stopTimeout}, which is Jetty's default. */
    private static final long USUAL_DEADLINE_MILLIS = 10_000;

    /** How much longer than its deadline a drain is waited for. */
    private static final long BACKSTOP_MILLIS = 1_000;

    /** Of the context: a wrapper that stays in its chain, because contexts cannot be rid of one. */
    private static final String PLACE = WarDrain.class.getName() + ".place";

    private final Server server;
    private final ContextHandler context;
    private final DrainHandler drain = new DrainHandler();
    private final Map<AbstractConnector, Long> idleTimeouts = new HashMap<>();
    private final LifeCycle.Listener serverEvents = new ServerEvents();

    private WarDrain(Server server, ContextHandler context) {
        this.server = server;
        this.context = context;
    }

    /**
     * Called by {@code WEB-INF/jetty-ee10-web.xml} as the web application starts. Says in the log what will be missing.
     *
     * @param context that is starting, and in a server
     */
    public static void install(ContextHandler context) {
        Server server = context.getServer();
        if (server != null && !isDrained(server)) new WarDrain(server, context).install();
    }

    /** By its name: the module's handler is of another class loader. It is around all contexts. */
    private static boolean isDrained(Server server) {
        Handler handler = server.getHandler();
        while (handler != null) {
            if (handler.getClass().getName().equals(DrainHandler.class.getName())) return true;
            handler = handler instanceof Handler.Singleton one ? one.getHandler() : null;
        }
        return false;
    }

    private void install() {
        for (Connector connector : server.getConnectors())
            if (connector instanceof AbstractConnector c) idleTimeouts.put(c, c.getShutdownIdleTimeout());
        if (server.getStopTimeout() <= 0) drain.setDeadlineMillis(USUAL_DEADLINE_MILLIS);
        drain.addBean(new DrainControl(drain));
        place().insertHandler(drain);
        server.addEventListener(serverEvents);
        // At the handler: what listens to a context is forgotten before it has stopped.
        drain.addEventListener(new DrainEvents());
        DrainHandler.LOG.warn(
                "this Jetty has no Sluice module: when it stops, exchanges of the web application at {} have {} ms to finish, but connections "
                        + "that it has not accepted by then are reset, one may be closed before its client is told, and "
                        + "the end of this web application alone cuts what it forwards (expected: jetty-base/ of "
                        + "Sluice, or its module in this base and --add-modules=sluice; see docs/jetty.md)",
                context.getContextPath(),
                server.getStopTimeout() > 0 ? server.getStopTimeout() : USUAL_DEADLINE_MILLIS);
    }

    private Handler.Singleton place() {
        if (context.getAttribute(PLACE) instanceof Handler.Singleton place) return place;
        Handler.Wrapper place = new Handler.Wrapper();
        context.setAttribute(PLACE, place);
        context.insertHandler(place);
        return place;
    }

    private void awaitDrained() {
        try {
            drain.shutdown().get(drain.getDeadlineMillis() + BACKSTOP_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            DrainHandler.LOG.warn("a drain did not end: {}", e.toString());
        }
    }

    private final class ServerEvents implements LifeCycle.Listener {
        /** Connectors, and whatever else stops, do so when this returns. */
        @Override
        public void lifeCycleStopping(LifeCycle stopping) {
            awaitDrained();
        }
    }

    private final class DrainEvents implements LifeCycle.Listener {
        @Override
        public void lifeCycleStopped(LifeCycle stopped) {
            server.removeEventListener(serverEvents);
            Handler inner = drain.getHandler();
            drain.setHandler((Handler) null);
            place().setHandler(inner);
            idleTimeouts.forEach(AbstractConnector::setShutdownIdleTimeout);
        }
    }
}
