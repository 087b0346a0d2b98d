package bench;

import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.ee10.proxy.ProxyServlet;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** Jetty with the proxy servlet that comes with it. */
public final class JettyPeer {

    private JettyPeer() {}

    public static void main(String[] args) throws Exception {
        Settings settings = Settings.read(args);
        Server server = new Server();

        HttpConfiguration plain = new HttpConfiguration();
        plain.setSendServerVersion(false);
        connect(server, settings, settings.port(), new HttpConnectionFactory(plain));
        if (settings.tls()) {
            HttpConfiguration secure = new HttpConfiguration(plain);
            secure.addCustomizer(new SecureRequestCustomizer(false));
            SslContextFactory.Server tls = new SslContextFactory.Server();
            tls.setSslContext(settings.sslContext());
            ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory("h2", "http/1.1");
            alpn.setDefaultProtocol("http/1.1");
            connect(
                    server,
                    settings,
                    settings.tlsPort(),
                    new SslConnectionFactory(tls, "alpn"),
                    alpn,
                    new HTTP2ServerConnectionFactory(secure),
                    new HttpConnectionFactory(secure));
        }

        ServletHolder proxy = new ServletHolder(new ProxyServlet.Transparent());
        proxy.setInitParameter("proxyTo", settings.backends().get(0).toString());
        // Its default of 256 would make requests wait at 512 connections.
        proxy.setInitParameter("maxConnections", "16384");
        proxy.setInitParameter("idleTimeout", "300000");
        proxy.setInitParameter("timeout", "300000");
        proxy.setAsyncSupported(true);
        ServletContextHandler context = new ServletContextHandler();
        context.addServlet(proxy, "/*");
        server.setHandler(context);
        if (settings.deadline() > 0) {
            server.setHandler(new GracefulHandler(context));
            server.setStopTimeout(settings.deadline() * 1000L);
            server.setStopAtShutdown(true);
        }
        server.start();
        server.join();
    }

    private static void connect(
            Server server, Settings settings, int port, org.eclipse.jetty.server.ConnectionFactory... protocols) {
        ServerConnector connector = new ServerConnector(server, null, null, null, 1, settings.cores(), protocols);
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        connector.setAcceptQueueSize(4096);
        connector.setIdleTimeout(300_000);
        server.addConnector(connector);
    }
}
