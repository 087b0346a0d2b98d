package dev.sluice.proxy;

import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Enumeration;
import java.util.function.Supplier;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.ee10.proxy.ProxyServlet;
import org.jspecify.annotations.Nullable;

/**
 * The servlet that people know from Jetty, forwarding in Sluice's way: nothing blocks, nothing is changed that need not
 * be, nothing is cut that could be finished.
 *
 * <p>In {@code web.xml} it takes the init-params of {@link ProxyServlet.Transparent} ({@code proxyTo}, which may name
 * several backends, {@code prefix}, {@code preserveHost}, {@code hostHeader}, {@code viaHost}, {@code timeout}, {@code
 * idleTimeout}, {@code maxConnections}), or finds a whole configuration through the context-param {@code sluice.config}.
 * Must be declared with {@code async-supported}.
 */
public class ReverseProxyServlet extends ProxyServlet.Transparent {
    private static final long serialVersionUID = 1L;
    private static final String PROXY_TO = "proxyTo";

    private transient @Nullable Supplier<ReverseProxy> proxy;
    private transient @Nullable HttpClient client;
    private transient @Nullable SharedProxy shared;
    private transient @Nullable Mappings mappings;
    private final transient boolean own;

    /** For {@code web.xml}: built from init-params or from the file that the context names. */
    public ReverseProxyServlet() {
        own = true;
    }

    /**
     * For a server that was built from a configuration, and that starts and stops the client.
     *
     * @param proxy the one that serves at the moment
     */
    public ReverseProxyServlet(Supplier<ReverseProxy> proxy, HttpClient client) {
        this.proxy = proxy;
        this.client = client;
        own = false;
    }

    @Override
    public void init(ServletConfig config) throws ServletException {
        if (own) {
            SharedProxy entered = SharedProxy.enter(config);
            shared = entered;
            client = entered.client();
            proxy = entered::proxy;
            // With a file, the proxy knows all routes itself.
            if (!WebXml.namesFile(config.getServletContext())) mappings = Mappings.around(config);
        }
        try {
            super.init(config.getInitParameter(PROXY_TO) == null ? new WithProxyTo(config) : config);
        } catch (ServletException | RuntimeException failure) {
            // The container destroys only what it could initialize.
            destroy(config.getServletContext());
            throw failure;
        }
    }

    @Override
    protected HttpClient createHttpClient() throws ServletException {
        if (client == null) throw new ServletException("no client");
        return client;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) {
        if (proxy == null) throw new IllegalStateException("not initialized");
        if (mappings != null && !mappings.agree(request.getRequestURI())) Mappings.refuse(request);
        else proxy.get().forward(request);
    }

    @Override
    public void destroy() {
        // Not the superclass's: it would stop a client that others may still use.
        destroy(getServletContext());
    }

    private void destroy(ServletContext context) {
        SharedProxy entered = shared;
        shared = null;
        if (entered != null) entered.leave(context);
    }

    /** The superclass insists on this init-param, though in a context with a file the routes decide where requests go. */
    private record WithProxyTo(ServletConfig declared) implements ServletConfig {
        @Override
        public @Nullable String getInitParameter(String name) {
            return name.equals(PROXY_TO) ? "" : declared.getInitParameter(name);
        }

        @Override
        public String getServletName() {
            return declared.getServletName();
        }

        @Override
        public ServletContext getServletContext() {
            return declared.getServletContext();
        }

        @Override
        public Enumeration<String> getInitParameterNames() {
            return declared.getInitParameterNames();
        }
    }
}
