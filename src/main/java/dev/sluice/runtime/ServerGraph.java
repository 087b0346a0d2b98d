package dev.sluice.runtime;

import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.proxy.ReverseProxy;
import dev.sluice.proxy.ReverseProxyServlet;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.ee10.servlet.ServletHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.ee10.servlet.ServletMapping;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Puts the parts of an embedded server together. */
final class ServerGraph {
    /** How the names of the proxy's servlets begin. */
    static final String SERVLET = "proxy ";

    private ServerGraph() {}

    /** A server with its threads and its stop behaviour, and nothing else yet. */
    static Server newServer(SluiceConfig config) {
        QueuedThreadPool threads = new QueuedThreadPool(config.server().threads());
        threads.setName("sluice");
        Server server = new Server(threads);
        server.setStopTimeout(config.drain().deadline().toMillis());
        server.setStopAtShutdown(true);
        return server;
    }

    /**
     * The servlets, in their context.
     *
     * @param proxy the one that serves at the moment
     */
    static ProxyContext context(SluiceConfig config, Supplier<ReverseProxy> proxy, HttpClient client) {
        ProxyContext context = new ProxyContext(proxy);
        // Paths that can be read in several ways: routing decides on them, not the container.
        context.getServletHandler().setDecodeAmbiguousURIs(true);
        addServlets(context.getServletHandler(), config, proxy, client);
        return context;
    }

    // Routes that come later have none of their own: that for the rest does the same for them.
    /** All at once: one by one, each would be compared with all before it, and ten thousand would take minutes. */
    private static void addServlets(
            ServletHandler handler, SluiceConfig config, Supplier<ReverseProxy> proxy, HttpClient client) {
        List<ServletHolder> holders = new ArrayList<>();
        List<ServletMapping> mappings = new ArrayList<>();
        for (String pattern : patterns(config)) {
            ServletHolder holder = new ServletHolder(SERVLET + pattern, new ReverseProxyServlet(proxy, client));
            // What the superclass insists on; where requests go is decided by the route table.
            holder.setInitParameter("proxyTo", "http://localhost");
            holder.setAsyncSupported(true);
            holder.setInitOrder(1);
            holders.add(holder);
            ServletMapping mapping = new ServletMapping();
            mapping.setServletName(holder.getName());
            mapping.setPathSpec(pattern);
            mappings.add(mapping);
        }
        handler.setServlets(holders.toArray(ServletHolder[]::new));
        handler.setServletMappings(mappings.toArray(ServletMapping[]::new));
    }

    /** One servlet for each path that has a route, and one for the rest, if only to say that it has none. */
    private static Set<String> patterns(SluiceConfig config) {
        Set<String> patterns = new LinkedHashSet<>();
        for (RouteConfig route : config.routes()) {
            String path = route.path();
            patterns.add(path == null || path.equals("/") ? "/*" : path + "/*");
        }
        patterns.add("/*");
        return patterns;
    }
}
