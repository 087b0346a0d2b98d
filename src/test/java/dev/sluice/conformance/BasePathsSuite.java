package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.TestRequest;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Backend URLs with a path and a query: joined as Go's {@code httputil.NewSingleHostReverseProxy} joins them. */
abstract class BasePathsSuite extends ConformanceSuite {
    BasePathsSuite(ProxyVariant variant) {
        super(variant);
    }

    @Override
    ProxySetup setup() {
        return ProxySetup.none()
                .route("/bare", origin.url() + "/base")
                .route("/slash", origin.url() + "/base/")
                .route("/root", origin.url() + "/")
                .route("/encoded", origin.url() + "/b%2Fc")
                .route("/query", origin.url() + "/base?k=v")
                .route("/only", origin.url() + "?k=v");
    }

    static Stream<Arguments> joined() {
        return Stream.of(
                        Arguments.of("/bare", "/base/bare"),
                        Arguments.of("/bare/", "/base/bare/"),
                        Arguments.of("/bare//x", "/base/bare//x"),
                        Arguments.of("/bare/a%2Fb?q", "/base/bare/a%2Fb?q"),
                        Arguments.of("/bare?", "/base/bare?"),
                        Arguments.of("/slash/x", "/base/slash/x"),
                        Arguments.of("/root/x", "/root/x"),
                        Arguments.of("/encoded/d%2Fe", "/b%2Fc/encoded/d%2Fe"),
                        Arguments.of("/query/x", "/base/query/x?k=v"),
                        Arguments.of("/query/x?", "/base/query/x?k=v"),
                        Arguments.of("/query/x?a=b", "/base/query/x?k=v&a=b"),
                        Arguments.of("/only/x?a=%zz", "/only/x?k=v&a=%zz"))
                .flatMap(a -> Stream.of(ClientProtocol.values()).map(p -> Arguments.of(p, a.get()[0], a.get()[1])));
    }

    @ParameterizedTest
    @MethodSource("joined")
    void baseAndTargetAreJoinedWithOneSlashAndQueriesWithAnAmpersand(
            ClientProtocol protocol, String target, String expected) throws IOException {
        assertThat(echo(protocol, TestRequest.get(target)).target()).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource
    void noRouteIsNotFound(ClientProtocol protocol) throws IOException {
        assertThat(send(protocol, TestRequest.get("/nowhere")).status()).isEqualTo(404);
        assertThat(send(protocol, TestRequest.get("/barex")).status()).isEqualTo(404);
        assertThat(origin.requests()).isEmpty();
    }
}
