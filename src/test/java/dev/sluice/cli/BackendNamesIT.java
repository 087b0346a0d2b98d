package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.UpstreamConfig.Transport;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.JarProxy;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.RawClient;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Backends by name, in a JVM whose names are those of the test. */
@Timeout(60)
@Once
class BackendNamesIT {
    private @TempDir Path directory = Path.of("");

    @ParameterizedTest
    @EnumSource
    void everyAddressOfANameIsTriedAndOneThatHasNoneIsABadGateway(Transport transport) throws Exception {
        Path hosts = Files.writeString(directory.resolve("hosts"), """
                ::1       both.test
                127.0.0.1 both.test
                127.0.0.2 second.test
                127.0.0.1 second.test
                127.0.0.1 one.test
                """);
        try (FaultyOrigin origin = FaultyOrigin.start();
                JarProxy proxy = JarProxy.start(
                        ProxySetup.none()
                                .route("/both", "http://both.test:" + origin.port())
                                .route("/second", "http://second.test:" + origin.port())
                                .route("/one", "http://one.test:" + origin.port())
                                .route(null, "http://none.test:" + origin.port())
                                .transport(transport),
                        directory,
                        "-Djdk.net.hosts.file=" + hosts)) {
            assertThat(status(proxy, "/one")).isEqualTo(200);
            // The origin listens on 127.0.0.1 alone.
            assertThat(status(proxy, "/second")).isEqualTo(200);
            assertThat(status(proxy, "/both")).isEqualTo(200);
            assertThat(status(proxy, "/none")).isEqualTo(502);
            assertThat(proxy.log()).contains("UnknownHostException");
        }
    }

    private static int status(JarProxy proxy, String path) throws Exception {
        try (RawClient client = RawClient.plain(proxy.httpPort())) {
            return client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n")
                    .readResponse()
                    .status();
        }
    }
}
