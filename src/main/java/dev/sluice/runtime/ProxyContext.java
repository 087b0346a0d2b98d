package dev.sluice.runtime;

import dev.sluice.proxy.ReverseProxy;
import java.util.Arrays;
import java.util.function.Supplier;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * The servlet context of an embedded proxy. As long as nothing but the proxy is in it nothing in it blocks, so that Jetty
 * need not give each request a thread of its own; and its servlet would do with a request what the proxy does without
 * it, so that the container's share of the work is left out. Whoever adds a filter or a servlet before the start gets
 * what servlet contexts usually do.
 */
final class ProxyContext extends ServletContextHandler {
    private final Supplier<ReverseProxy> proxy;
    private volatile boolean alone;

    /** @param proxy the one that serves at the moment */
    ProxyContext(Supplier<ReverseProxy> proxy) {
        super("/", false, false);
        this.proxy = proxy;
        // The proxy has one for everything, so none is needed for the rest.
        getServletHandler().setEnsureDefaultServlet(false);
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        alone = isAlone();
    }

    @Override
    protected void doStop() throws Exception {
        alone = false;
        super.doStop();
    }

    private boolean isAlone() {
        return getServletHandler().getFilters().length == 0
                && Arrays.stream(getServletHandler().getServlets())
                        .allMatch(s -> s.getName().equals(ServerGraph.SERVLET));
    }

    @Override
    public InvocationType getInvocationType() {
        return isAlone() ? InvocationType.NON_BLOCKING : super.getInvocationType();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (!alone) return super.handle(request, response, callback);
        proxy.get().forward(request, response, callback);
        return true;
    }
}
