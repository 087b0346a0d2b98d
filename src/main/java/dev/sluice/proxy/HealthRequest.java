package dev.sluice.proxy;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.HealthConfig;
import java.net.URI;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.transport.HttpConversation;
import org.eclipse.jetty.client.transport.HttpRequest;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.util.HostPort;
import org.jspecify.annotations.Nullable;

/**
 * What a check sends, and where to. For checks that send nothing it says where to alone.
 *
 * <p>The path is the check's own: a base path of the backend's URL is for exchanges, and not put before it.
 */
final class HealthRequest extends HttpRequest {
    private static final String AGENT = "sluice-health";

    /** The largest that gRPC can write in milliseconds: eight digits. */
    private static final long LONGEST_GRPC_TIMEOUT = 99_999_999;

    private final @Nullable BackendConfig backend;
    private final int port;
    private String path = "/";
    private @Nullable String query;
    private volatile @Nullable HostPort authority;

    HealthRequest(HttpClient client, BackendConfig backend, HealthConfig how) {
        // Of the URI the scheme alone counts: Java's does not take every name that a host may have.
        super(client, new HttpConversation(), URI.create(isSecure(backend, how) ? "https://host" : "http://host"));
        this.backend = backend;
        Integer other = how.port();
        port = other == null || backend.socket() != null ? backend.port() : other;
        // The check keeps time.
        idleTimeout(0, TimeUnit.MILLISECONDS);
        headers(h -> h.clear().put(HttpHeader.HOST, backend.hostField()).put(HttpHeader.USER_AGENT, AGENT));
        HealthConfig.Check check = how.check();
        if (check instanceof HealthConfig.Http http) http(http);
        else if (check instanceof HealthConfig.Grpc grpc) grpc(grpc, how);
        // Of TLS backends ALPN decides.
        boolean http2 = backend.scheme().equals("h2c") || check instanceof HealthConfig.Grpc;
        if (!isSecure(backend, how)) version(http2 ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1);
    }

    private static boolean isSecure(BackendConfig backend, HealthConfig how) {
        if (how.check() instanceof HealthConfig.Tcp) return false;
        return backend.isSecure() || how.check() instanceof HealthConfig.Tls;
    }

    /** Whether TLS comes first. */
    boolean isSecure() {
        return "https".equals(getScheme());
    }

    private void http(HealthConfig.Http check) {
        target(check.path());
        headers(h -> {
            check.headers().forEach(h::put);
            String host = check.host();
            if (host != null) h.put(HttpHeader.HOST, host);
        });
    }

    private void grpc(HealthConfig.Grpc check, HealthConfig how) {
        method("POST");
        target(GrpcHealth.METHOD);
        long millis = Math.min(LONGEST_GRPC_TIMEOUT, how.timeout().toMillis());
        headers(h -> h.put(HttpHeader.CONTENT_TYPE, Grpc.TYPE)
                .put(HttpHeader.TE, "trailers")
                .put("grpc-timeout", millis + "m"));
        body(new BytesRequestContent(Grpc.TYPE, GrpcHealth.question(check.service())));
    }

    private void target(String target) {
        int mark = target.indexOf('?');
        path = mark < 0 ? target : target.substring(0, mark);
        query = mark < 0 ? null : target.substring(mark + 1);
    }

    /** To be called once the protocol is known. What HTTP/1.1 says in Host, HTTP/2 says in :authority (RFC 9113 §8.3.1). */
    void isFor(HttpVersion version) {
        if (version == HttpVersion.HTTP_2) {
            String host = getHeaders().get(HttpHeader.HOST);
            headers(h -> h.remove(HttpHeader.HOST).remove(HttpHeader.CONNECTION));
            if (host != null && !host.isEmpty()) authority = new HostPort(host);
        } else {
            headers(h -> h.put(HttpHeader.CONNECTION, "close"));
        }
    }

    @Override
    public String getHost() {
        HostPort instead = authority;
        if (instead != null) return Objects.requireNonNull(instead.getHost());
        // Null while the constructor of the superclass runs.
        return backend == null ? super.getHost() : backend.host();
    }

    @Override
    public int getPort() {
        HostPort instead = authority;
        if (instead != null) return instead.getPort();
        return backend == null ? super.getPort() : port;
    }

    @Override
    public String getPath() {
        return path;
    }

    @Override
    public @Nullable String getQuery() {
        return query;
    }
}
