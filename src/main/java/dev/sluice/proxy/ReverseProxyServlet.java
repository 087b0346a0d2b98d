package dev.sluice.proxy;

import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
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

    private transient @Nullable ReverseProxy proxy;
    private transient @Nullable HttpClient client;
    private final transient boolean own;

    /** For {@code web.xml}: built from init-params or from the file that the context names. */
    public ReverseProxyServlet() {
        own = true;
    }

    /** For a server that was built from a configuration, and that starts and stops the client. */
    public ReverseProxyServlet(ReverseProxy proxy, HttpClient client) {
        this.proxy = proxy;
        this.client = client;
        own = false;
    }

    @Override
    public void init(ServletConfig config) throws ServletException {
        if (own) {
            WebXml webXml = WebXml.read(config);
            client = webXml.client();
            proxy = webXml.proxy(client);
        }
        super.init(config);
    }

    @Override
    protected HttpClient createHttpClient() throws ServletException {
        if (client == null) throw new ServletException("no client");
        if (!own) return client;
        try {
            client.start();
            return client;
        } catch (Exception e) {
            throw new ServletException(e);
        }
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) {
        if (proxy == null) throw new IllegalStateException("not initialized");
        proxy.forward(request);
    }

    @Override
    public void destroy() {
        if (!own) return;
        if (proxy != null) proxy.close();
        super.destroy();
    }
}
