package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.HealthConfig;
import dev.sluice.config.HealthConfig.Check;
import dev.sluice.config.HealthConfig.Http;
import dev.sluice.config.HealthConfig.StatusRange;
import dev.sluice.config.ServerConfig;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.balance.RoundRobin;
import dev.sluice.upstream.health.Probe.Finding;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;

/** A probe that tests ask, and ways to say what they ask. */
final class ProbedBackend implements AutoCloseable {
    static final Duration LONG = Duration.ofSeconds(10);
    static final Duration SHORT = Duration.ofMillis(1200);
    private static final List<StatusRange> WELL = List.of(new StatusRange(200, 299));

    final HealthProbe probe;

    /** @param configured those that have TLS settings of their own */
    ProbedBackend(BackendConfig... configured) {
        probe = new HealthProbe(ServerConfig.defaults(), BackendTls.of(List.of(configured)));
    }

    ProbedBackend start() throws Exception {
        probe.start();
        return this;
    }

    /** Whom to trust, before the start. */
    SslContextFactory.Client tls() {
        return probe.getBean(HttpClient.class).getSslContextFactory();
    }

    static Backend backend(String url) {
        return backend(BackendConfig.parse(url));
    }

    static Backend backend(BackendConfig config) {
        return new Pool("pool", List.of(config), RoundRobin::new).backends().get(0);
    }

    static Http http(String path) {
        return new Http(path, WELL, null, null, Map.of());
    }

    static Http http(String path, @Nullable String body) {
        return new Http(path, WELL, body, null, Map.of());
    }

    static HealthConfig within(Duration timeout, Check check) {
        return new HealthConfig(check, null, HealthConfig.INTERVAL, timeout, 1, 1);
    }

    CompletableFuture<Finding> asking(String url, HealthConfig how) {
        return probe.ask(backend(url), how);
    }

    Finding ask(String url, HealthConfig how) throws Exception {
        return asking(url, how).get(20, TimeUnit.SECONDS);
    }

    Finding ask(String url, Check check) throws Exception {
        return ask(url, within(LONG, check));
    }

    void passes(String url, Check check) throws Exception {
        Finding found = ask(url, check);
        assertThat(found.passed()).as(found.reason()).isTrue();
    }

    void fails(String url, Check check, String reason) throws Exception {
        assertThat(ask(url, check)).isEqualTo(Finding.failed(reason));
    }

    void failsWithin(Duration timeout, String url, Check check, String reason) throws Exception {
        assertThat(ask(url, within(timeout, check))).isEqualTo(Finding.failed(reason));
    }

    /** A socket that was just closed may have taken one more connection, of a thread that was waiting for it. */
    void awaitRefused(String url, Check check) {
        Awaitility.await("refused")
                .atMost(LONG)
                .until(() -> ask(url, check).equals(Finding.failed("connection refused")));
    }

    /** A timer's thread may end a moment after the stop. */
    static void awaitNoThreads() {
        Awaitility.await("no threads of a probe")
                .atMost(LONG)
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("health")));
    }

    @Override
    public void close() throws Exception {
        probe.stop();
    }
}
