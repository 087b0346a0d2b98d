package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.H2Origin;
import dev.sluice.testkit.RawClient;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.balance.RoundRobin;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What backends say of their connections is heard by those who watch their pool. */
class LeavingBackendTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    /** {@code close}, or {@code whole} for a connection of HTTP/2. */
    private final Queue<String> heard = new ConcurrentLinkedQueue<>();

    private ProxyRig rig(String url, UpstreamConfig.Transport transport) throws Exception {
        ProxyRig rig = new ProxyRig(
                List.of(ProxyRig.route("default", null, url)),
                ProxyRig.upstream(transport, 100, LONG, LONG),
                LONG,
                RoundRobin::new);
        rig.watch(new Pool.Watcher() {
            @Override
            public void closes(Backend backend, boolean whole) {
                heard.add(whole ? "whole" : "close");
            }
        });
        return rig;
    }

    private static int get(ProxyRig rig, String path) throws Exception {
        try (RawClient client = RawClient.plain(rig.port())) {
            client.send("GET " + path + " HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            return client.readResponse("GET").status();
        }
    }

    @ParameterizedTest
    @EnumSource
    void connectionThatABackendClosesIsHeardUnlessItIsARefusal(UpstreamConfig.Transport transport) throws Exception {
        try (FaultyOrigin origin = FaultyOrigin.start()) {
            for (int status : new int[] {200, 404, 500})
                origin.on("/" + status, (request, exchange) -> {
                    exchange.closeAfter();
                    exchange.answer(status, "bye", new Field("Connection", "close"));
                });
            origin.on("/kept", (request, exchange) -> exchange.answer(200, "again"));
            try (ProxyRig rig = rig(origin.url(), transport)) {
                for (int status : new int[] {404, 500})
                    assertThat(get(rig, "/" + status)).isEqualTo(status);
                get(rig, "/kept");
                assertThat(heard).isEmpty();
                get(rig, "/200");
                get(rig, "/200");
                assertThat(heard).containsExactly("close", "close");
            }
        }
    }

    @Test
    void goAwayWithoutAnErrorIsHeardOnce() throws Exception {
        try (H2Origin origin = H2Origin.start()) {
            origin.on("/", exchange -> {
                exchange.answer(200, "well");
                return new H2Origin.Rest();
            });
            try (ProxyRig rig = rig(origin.url(), UpstreamConfig.Transport.HTTPCLIENT)) {
                get(rig, "/");
                var session = origin.sessions().get(0);
                session.close(ErrorCode.NO_ERROR.code, "bye", Callback.NOOP);
                await().until(() -> heard.size() == 1);
                get(rig, "/");
                origin.sessions().get(1).close(ErrorCode.INTERNAL_ERROR.code, "broken", Callback.NOOP);
                await().until(() -> get(rig, "/") == 200 && origin.sessions().size() == 3);
                assertThat(heard).containsExactly("whole");
            }
        }
    }
}
