package dev.sluice.testkit;

import dev.sluice.config.ConfigReader;
import dev.sluice.runtime.Sluice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Sluice in the JVM of the test, with listeners {@code http} and {@code https}.
 *
 * @param sluice running
 */
public record EmbeddedProxy(Sluice sluice) implements RunningProxy {
    private static final String LISTENERS = """
            listeners:
              http: { address: "127.0.0.1:0" }
              https: { address: "127.0.0.1:0", tls: {} }
            drain: { linger: 0s }
            """;

    private static final Map<String, String> ENVIRONMENT = Map.of("SECRET", "correct horse battery");

    /** On free ports. @param yaml all but {@code listeners} and {@code drain} */
    public static EmbeddedProxy start(String yaml) throws Exception {
        return startWhole(LISTENERS + yaml);
    }

    /** @param yaml everything; {@code ${SECRET}} is one that is long enough */
    public static EmbeddedProxy startWhole(String yaml) throws Exception {
        return new EmbeddedProxy(
                Sluice.of(ConfigReader.parse("sluice.yaml", yaml, Path.of("").toAbsolutePath(), ENVIRONMENT))
                        .start());
    }

    @Override
    public int httpPort() {
        return sluice.port("http");
    }

    @Override
    public int tlsPort() {
        return sluice.port("https");
    }

    @Override
    public void close() {
        sluice.close();
    }

    /** One request on a connection of its own. */
    public TestResponse send(ClientProtocol protocol, TestRequest request) throws Exception {
        try (TestClient client = protocol.connect(this)) {
            return client.send(request);
        }
    }

    /** The same in HTTP/1.1 without TLS. */
    public TestResponse send(TestRequest request) throws Exception {
        return send(ClientProtocol.HTTP11, request);
    }

    /** A GET of that, in HTTP/1.1 without TLS. */
    public TestResponse get(String target) throws IOException {
        try {
            return send(TestRequest.get(target));
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
