package dev.sluice.runtime;

import dev.sluice.config.SluiceConfig;
import dev.sluice.proxy.ReverseProxy;
import dev.sluice.proxy.ReverseProxyServlet;
import java.util.function.Supplier;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.ee10.servlet.ServletHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Puts the parts of an embedded server together. */
final class ServerGraph {
    /** The name of the proxy's servlet. */
    static final String SERVLET = "proxy";

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
    static ProxyContext context(Supplier<ReverseProxy> proxy, HttpClient client) {
        ProxyContext context = new ProxyContext(proxy);
        // Paths that can be read in several ways: routing decides on them, not the container.
        context.getServletHandler().setDecodeAmbiguousURIs(true);
        addServlet(context.getServletHandler(), proxy, client);
        return context;
    }

    /**
     * One for all paths, however many routes there are, and whatever a reload brings: the route table decides where a request
     * goes, and one for each path, which did nothing else, made a start with ten thousand routes take five seconds and 700 MB.
     */
    private static void addServlet(ServletHandler handler, Supplier<ReverseProxy> proxy, HttpClient client) {
        ServletHolder holder = new ServletHolder(SERVLET, new ReverseProxyServlet(proxy, client));
        // What the superclass insists on.
        holder.setInitParameter("proxyTo", "http://localhost");
        holder.setAsyncSupported(true);
        holder.setInitOrder(1);
        handler.addServletWithMapping(holder, "/*");
    }
}
