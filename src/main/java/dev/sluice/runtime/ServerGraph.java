package dev.sluice.runtime;

import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.drain.DrainControl;
import dev.sluice.drain.DrainHandler;
import dev.sluice.drain.Leaving;
import dev.sluice.listener.Listeners;
import dev.sluice.proxy.BackendClients;
import dev.sluice.proxy.BackendTls;
import dev.sluice.proxy.DiscoveryWatch;
import dev.sluice.proxy.HealthWatch;
import dev.sluice.proxy.ReverseProxy;
import dev.sluice.proxy.ReverseProxyServlet;
import dev.sluice.proxy.WarmConnections;
import dev.sluice.proxy.WholeServer;
import dev.sluice.routing.RouteTable;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.balance.Policies;
import java.util.List;
import java.util.Objects;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

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

    /** What is asked of a server later. */
    record Parts(
            DrainHandler drain,
            ReverseProxy proxy,
            List<Pool> pools,
            @Nullable DiscoveryWatch discovery,
            @Nullable HealthWatch health) {}

    /** Routes, pools, the backends' client and the servlets, all inside a drain handler. */
    static Parts assemble(Server server, SluiceConfig config, Listeners listeners) {
        BackendTls tls = BackendTls.forRoutes(config.routes());
        HttpClient client = BackendClients.create(
                config.upstream(),
                config.server(),
                tls,
                server.getThreadPool(),
                server.getScheduler(),
                server.getByteBufferPool());
        List<Pool> pools =
                Pool.all(config.routes().stream().map(RouteConfig::pool).toList(), Policies::of);
        var options = ReverseProxy.Options.of(config.upstream(), config.trustedProxies(), config.server());
        Transports transports = new Transports(config, server, listeners, client);
        ReverseProxy proxy = new ReverseProxy(
                RouteTable.of(config.routes()),
                pools,
                transports::of,
                transports.upgrades(),
                options,
                server.getThreadPool(),
                server.getScheduler());
        if (transports.needClient()) server.addBean(new Apart(client));
        server.addEventListener(new WarmConnections(transports.warm(), server.getScheduler()));

        ServletContextHandler context = new ProxyContext(proxy);
        // Paths that can be read in several ways: routing decides on them, not the container.
        context.getServletHandler().setDecodeAmbiguousURIs(true);
        addServlet(context.getServletHandler(), proxy, client);
        DrainHandler drain = new DrainHandler(new WholeServer(context));
        drain.setLingerMillis(config.drain().linger().toMillis());
        drain.setAnnounceMillis(config.drain().announce().toMillis());
        drain.setLedger(Objects.toString(config.drain().ledger(), null));
        drain.addBean(new DrainControl(drain));
        drain.setSpreadMillis(config.drain().spread().toMillis());
        LeavingBackends.watch(pools, new Leaving(drain, config.drain().leaving()));
        server.setHandler(drain);
        // They have started by then; they stop with the rest.
        DiscoveryWatch discovery = DiscoveryWatch.of(config.dns(), pools);
        if (discovery != null) server.addBean(new Apart(discovery));
        HealthWatch health = HealthWatch.of(config.server(), pools, tls);
        if (health != null) server.addBean(new Apart(health));
        return new Parts(drain, proxy, pools.stream().distinct().toList(), discovery, health);
    }

    /**
     * One for all paths, however many routes there are: the route table decides where a request goes, and one for each
     * path, which did nothing else, made a start with ten thousand routes take five seconds and 700 MB.
     */
    private static void addServlet(ServletHandler handler, ReverseProxy proxy, HttpClient client) {
        ServletHolder holder = new ServletHolder(SERVLET, new ReverseProxyServlet(proxy, client));
        // What the superclass insists on.
        holder.setInitParameter("proxyTo", "http://localhost");
        holder.setAsyncSupported(true);
        holder.setInitOrder(1);
        handler.addServletWithMapping(holder, "/*");
    }
}
