package dev.sluice.runtime;

import java.util.Arrays;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;

/**
 * The servlet context of an embedded proxy. As long as nothing but the proxy is in it nothing in it blocks, and Jetty need
 * not give each request a thread of its own.
 */
final class ProxyContext extends ServletContextHandler {
    ProxyContext() {
        super("/", false, false);
        // The proxy has a servlet for everything, so none is needed for the rest.
        getServletHandler().setEnsureDefaultServlet(false);
    }

    @Override
    public InvocationType getInvocationType() {
        // Whoever adds a filter or a servlet of another kind gets what servlets usually get.
        boolean ours = getServletHandler().getFilters().length == 0
                && Arrays.stream(getServletHandler().getServlets())
                        .allMatch(s -> s.getName().startsWith(ServerGraph.SERVLET));
        return ours ? InvocationType.NON_BLOCKING : super.getInvocationType();
    }
}
