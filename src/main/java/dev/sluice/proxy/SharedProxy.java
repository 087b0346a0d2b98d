package dev.sluice.proxy;

import dev.sluice.upstream.Pool;
import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.util.List;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.util.component.LifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A proxy and its client, started, of a web application. All servlets of a context that names a configuration file use
 * the same one, so that limits hold once; a servlet with init-params has its own. The last one to leave stops it.
 */
final class SharedProxy {
    private static final Logger LOG = LoggerFactory.getLogger(SharedProxy.class);
    private static final String ATTRIBUTE = SharedProxy.class.getName();

    private final ReverseProxy proxy;
    private final HttpClient client;
    private final DiscoveryWatch discovery;
    private final HealthWatch health;
    private final WarmConnections warm;
    private int users; // guarded by the context

    private SharedProxy(WebXml webXml) throws ServletException {
        BackendTls tls = webXml.tls();
        client = webXml.client(tls);
        List<Pool> pools = webXml.pools();
        try {
            proxy = webXml.proxy(client, pools);
        } catch (IllegalArgumentException e) {
            throw new ServletException(WebXml.CONFIG + ": " + e.getMessage(), e);
        }
        discovery = new DiscoveryWatch(webXml.dns());
        health = new HealthWatch(webXml.server(), tls);
        warm = webXml.warm(proxy, client.getScheduler(), pools);
        try {
            client.start();
            discovery.watch(pools);
            discovery.start();
            health.watch(pools);
            health.start();
            warm.begin();
        } catch (Exception e) {
            close();
            throw new ServletException("what speaks to backends does not start", e);
        }
    }

    /** The one for this servlet, to be given back with {@link #leave}. Called by the thread that starts the context. */
    static SharedProxy enter(ServletConfig servlet) throws ServletException {
        ServletContext context = servlet.getServletContext();
        synchronized (context) {
            boolean whole = WebXml.namesFile(context);
            SharedProxy shared = whole && context.getAttribute(ATTRIBUTE) instanceof SharedProxy running
                    ? running
                    : new SharedProxy(WebXml.read(servlet));
            if (whole) context.setAttribute(ATTRIBUTE, shared);
            shared.users++;
            return shared;
        }
    }

    void leave(ServletContext context) {
        synchronized (context) {
            if (--users > 0) return;
            if (context.getAttribute(ATTRIBUTE) == this) context.removeAttribute(ATTRIBUTE);
        }
        close();
    }

    private void close() {
        warm.end();
        proxy.close();
        stop(health, "the checks of backends do");
        stop(discovery, "the search for backends does");
        stop(client, "the client for backends does");
    }

    private static void stop(LifeCycle part, String which) {
        try {
            part.stop();
        } catch (Exception e) {
            LOG.warn("{} not stop", which, e);
        }
    }

    ReverseProxy proxy() {
        return proxy;
    }

    HttpClient client() {
        return client;
    }
}
