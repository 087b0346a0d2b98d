package bench;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PfxOptions;
import io.vertx.httpproxy.HttpProxy;
import io.vertx.httpproxy.ProxyContext;
import io.vertx.httpproxy.ProxyInterceptor;
import io.vertx.httpproxy.ProxyResponse;
import java.net.URI;
import java.util.List;

/** Vert.x with its HTTP proxy, on the native transport where there is one. */
public final class VertxPeer {

    private VertxPeer() {}

    public static void main(String[] args) throws Exception {
        Settings settings = Settings.read(args);
        Vertx vertx = Vertx.vertx(
                new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(settings.cores()));
        if (!vertx.isNativeTransportEnabled()) {
            System.err.println("vertx: no native transport: " + vertx.unavailableNativeTransportCause());
        }
        vertx.deployVerticle(() -> new Proxy(settings), new DeploymentOptions().setInstances(settings.cores()))
                .onFailure(e -> {
                    e.printStackTrace();
                    System.exit(1);
                });
    }

    private static final class Proxy extends AbstractVerticle {

        private final Settings settings;
        private int next;

        private Proxy(Settings settings) {
            this.settings = settings;
        }

        @Override
        public void start(Promise<Void> started) {
            HttpClient client = vertx.createHttpClient(
                    new HttpClientOptions().setKeepAliveTimeout(300),
                    new PoolOptions().setHttp1MaxSize(16384));
            HttpProxy proxy = HttpProxy.reverseProxy(client);
            List<URI> backends = settings.backends();
            if (backends.size() == 1) {
                proxy.origin(backends.get(0).getPort(), backends.get(0).getHost());
            } else {
                proxy.origin(context -> {
                    next = (next + 1) % backends.size();
                    URI backend = backends.get(next);
                    return context.client()
                            .request(new RequestOptions().setHost(backend.getHost()).setPort(backend.getPort()));
                });
            }
            proxy.addInterceptor(new ForwardedFields());
            Future<?> listening = vertx.createHttpServer(
                            options().setHost("127.0.0.1").setPort(settings.port()))
                    .requestHandler(proxy)
                    .listen();
            if (settings.tls()) {
                HttpServerOptions secure = options()
                        .setHost("127.0.0.1")
                        .setPort(settings.tlsPort())
                        .setSsl(true)
                        .setUseAlpn(true)
                        .setKeyCertOptions(new PfxOptions()
                                .setPath(settings.keystore().toString())
                                .setPassword(settings.password()));
                listening = listening.compose(plain ->
                        vertx.createHttpServer(secure).requestHandler(proxy).listen());
            }
            listening.<Void>mapEmpty().onComplete(started);
        }

        private static HttpServerOptions options() {
            return new HttpServerOptions().setAcceptBacklog(4096);
        }
    }

    /** It sets none of these itself. */
    private static final class ForwardedFields implements ProxyInterceptor {

        @Override
        public Future<ProxyResponse> handleProxyRequest(ProxyContext context) {
            var request = context.request();
            var client = request.proxiedRequest();
            request.putHeader("X-Forwarded-For", client.remoteAddress().hostAddress());
            request.putHeader("X-Forwarded-Proto", client.scheme());
            request.putHeader("X-Forwarded-Host", client.authority().toString());
            return context.sendRequest();
        }
    }
}
