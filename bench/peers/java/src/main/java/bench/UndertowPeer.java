package bench;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.PathHandler;
import io.undertow.server.handlers.ResponseCodeHandler;
import io.undertow.server.handlers.proxy.LoadBalancingProxyClient;
import io.undertow.server.handlers.proxy.ProxyHandler;
import org.xnio.Options;

/** Undertow with its own proxy handler; it sets the X-Forwarded fields by itself. */
public final class UndertowPeer {

    private UndertowPeer() {}

    public static void main(String[] args) throws Exception {
        Settings settings = Settings.read(args);
        LoadBalancingProxyClient client = new LoadBalancingProxyClient()
                .setConnectionsPerThread(16384)
                .setSoftMaxConnectionsPerThread(1024)
                .setTtl(300_000);
        settings.backends().forEach(client::addHost);
        ProxyHandler proxy = ProxyHandler.builder()
                .setProxyClient(client)
                .setMaxRequestTime(-1)
                .setNext(ResponseCodeHandler.HANDLE_404)
                .build();

        HttpHandler root = proxy;
        if (!settings.routes().isEmpty()) {
            PathHandler paths = new PathHandler();
            // A handler behind a path sees the rest of it: the proxy goes by the request's whole path all the same.
            settings.routes().forEach(path -> paths.addPrefixPath(path, proxy));
            root = paths;
        }
        Undertow.Builder builder = Undertow.builder()
                .setIoThreads(settings.cores())
                .setSocketOption(Options.BACKLOG, 4096)
                .setServerOption(UndertowOptions.ENABLE_HTTP2, true)
                .setServerOption(UndertowOptions.NO_REQUEST_TIMEOUT, 300_000)
                .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, -1L)
                .addHttpListener(settings.port(), "127.0.0.1")
                .setHandler(root);
        if (settings.tls()) {
            builder.addHttpsListener(settings.tlsPort(), "127.0.0.1", settings.sslContext());
        }
        builder.build().start();
    }
}
