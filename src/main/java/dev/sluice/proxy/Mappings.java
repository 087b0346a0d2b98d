package dev.sluice.proxy;

import dev.sluice.config.RouteConfig;
import dev.sluice.routing.RouteMatch;
import dev.sluice.routing.RouteTable;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;

/**
 * The url-patterns of all our servlets in one web application, read as routes are. The container has chosen a servlet by
 * one reading of the path; a backend may read it in another way, and find itself asked for what belongs to another
 * servlet. Such a path is refused, as the route table of a whole configuration does it. Immutable.
 */
final class Mappings {
    private final RouteTable table;
    private final String servlet;
    private final String contextPath;

    private Mappings(RouteTable table, String servlet, String contextPath) {
        this.table = table;
        this.servlet = servlet;
        this.contextPath = contextPath;
    }

    /** Those around one servlet, or null where a pattern is none that a route could have ({@code *.html}). */
    static @Nullable Mappings around(ServletConfig servlet) {
        ServletContext context = servlet.getServletContext();
        List<RouteConfig> routes = new ArrayList<>();
        for (ServletRegistration other : context.getServletRegistrations().values()) {
            if (!ReverseProxyServlet.class.getName().equals(other.getClassName())) continue;
            for (String pattern : other.getMappings()) {
                boolean everything = pattern.equals("/*") || pattern.equals("/");
                if (!everything && !pattern.endsWith("/*")) return null;
                String path = everything ? null : pattern.substring(0, pattern.length() - 2);
                routes.add(new RouteConfig(other.getName(), path, List.of()));
            }
        }
        try {
            return new Mappings(RouteTable.of(routes), servlet.getServletName(), WebXml.contextPath(context));
        } catch (IllegalArgumentException notPlain) {
            return null;
        }
    }

    /** Whether every reading of a raw path leads to the servlet that the container has chosen. */
    boolean agree(@Nullable String rawPath) {
        String path = RawPath.after(contextPath, rawPath);
        if (path == null) return true; // For the proxy to answer: it is asked for nothing of ours.
        RouteMatch match = table.match(path);
        if (match instanceof RouteMatch.Found found) return found.route().name().equals(servlet);
        return match instanceof RouteMatch.None;
    }

    /** Answers in the place of a backend. Never blocks. */
    static void refuse(HttpServletRequest request) {
        ServletContextRequest servlet = ServletContextRequest.getServletContextRequest(request);
        AsyncContext async = request.startAsync();
        async.setTimeout(0);
        Request in = servlet.getWrapped();
        Response out = servlet.getServletContextResponse().getWrapped();
        FailureAnswer.of(400)
                .write(
                        in,
                        out,
                        null,
                        Callback.from(InvocationType.NON_BLOCKING, async::complete, x -> async.complete()));
    }
}
