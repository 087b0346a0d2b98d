package dev.sluice.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.http2.server.AbstractHTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jetty XML, by the ids that Jetty users know, on a server that was built from records. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class JettyXmlTest {
    private static final String DOCTYPE =
            "<!DOCTYPE Configure PUBLIC '-//Jetty//Configure//EN' 'https://jetty.org/configure_10_0.dtd'>";

    @TempDir
    private Path directory;

    private TestServer server;

    @BeforeEach
    void prepare() {
        server = TestServer.prepare(
                TestServer.plain("http"), TestServer.tls("https", null), TestServer.plain("internal"));
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @Test
    void aValueChangedByXmlIsSeenOnTheRunningConnector() throws Exception {
        Path shipped = Path.of("etc/tuning.xml");
        Path edited = directory.resolve("tuning.xml");
        Files.writeString(
                edited,
                Files.readString(shipped)
                        .replace("<Set name=\"idleTimeout\">60000</Set>", "<Set name=\"idleTimeout\">1234</Set>")
                        .replace(
                                "<Set name=\"requestHeaderSize\">16384</Set>",
                                "<Set name=\"requestHeaderSize\">1024</Set>"));

        apply(edited);
        server.start();

        assertThat(server.listeners.connector("http").getIdleTimeout()).isEqualTo(1234);
        String request = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX: " + "x".repeat(2000) + "\r\n\r\n";
        assertThat(RawClient.send(server.port("http"), request)).startsWith("HTTP/1.1 431 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tuning.xml", "tls.xml", "threadpool.xml"})
    void shippedFileChangesNothingUntilItIsEdited(String file) throws Exception {
        server.start();
        List<Object> untouched = values(server);

        try (TestServer tuned = TestServer.prepare(
                TestServer.plain("http"), TestServer.tls("https", null), TestServer.plain("internal"))) {
            JettyXml.apply(tuned.server, tuned.listeners.xmlIds(), List.of(Path.of("etc", file)));
            tuned.start();

            assertThat(values(tuned)).isEqualTo(untouched);
        }
    }

    @Test
    void protocolsAndCiphersAreChosenByXml() throws Exception {
        apply(write("<Configure id='sslContextFactory' class='org.eclipse.jetty.util.ssl.SslContextFactory$Server'>"
                + "<Set name='includeProtocols'><Array type='String'><Item>TLSv1.2</Item></Array></Set></Configure>"));
        server.start();

        assertThat(context(server).newSSLEngine().getEnabledProtocols()).containsExactly("TLSv1.2");
    }

    @Test
    void anyListenerIsTunedByItsNameAndHttp2ByItsProtocol() throws Exception {
        apply(write("<Configure id='internalConnector' class='org.eclipse.jetty.server.ServerConnector'>"
                + "<Set name='port'>0</Set><Set name='idleTimeout'>77</Set>"
                + "<Call name='getConnectionFactory'><Arg>h2c</Arg><Set name='maxConcurrentStreams'>9</Set></Call>"
                + "</Configure>"));
        server.start();

        ServerConnector internal = server.listeners.connector("internal");
        assertThat(internal.getIdleTimeout()).isEqualTo(77);
        assertThat(((AbstractHTTP2ServerConnectionFactory) internal.getConnectionFactory("h2c"))
                        .getMaxConcurrentStreams())
                .isEqualTo(9);
        assertThat(server.listeners.connector("http").getIdleTimeout()).isEqualTo(60_000);
    }

    @Test
    void whatOneFileNamesTheNextMayUse() throws Exception {
        apply(
                write(
                        "<Configure id='Server' class='org.eclipse.jetty.server.Server'>"
                                + "<Call name='addBean'><Arg><New id='mine' class='java.util.ArrayList'/></Arg></Call></Configure>"),
                write(
                        "<Configure id='mine' class='java.util.ArrayList'><Call name='add'><Arg>x</Arg></Call></Configure>"));

        assertThat(server.server.getBeans(ArrayList.class)).containsExactly(new ArrayList<>(List.of("x")));
    }

    @Test
    void unknownIdIsNamedWithItsLine() throws Exception {
        // Jetty on its own would make a new HttpConfiguration here, tune that one, and say nothing.
        Path file = write("\n\n<Configure id='htpConfig' class='org.eclipse.jetty.server.HttpConfiguration'/>");

        assertThatThrownBy(() -> apply(file))
                .isInstanceOf(JettyXmlException.class)
                .hasMessageStartingWith(
                        file + ":3: unknown id \"htpConfig\" (expected: one of [Server, byteBufferPool, ")
                .hasMessageContaining("httpConnector, httpsConnector, httpsSslContextFactory, internalConnector, ");
    }

    @Test
    void unknownReferenceIsNamedWithItsLine() throws Exception {
        Path file = write(
                "<Configure id='Server' class='org.eclipse.jetty.server.Server'>\n<Ref refid='nothing'/></Configure>");

        assertThatThrownBy(() -> apply(file)).hasMessageStartingWith(file + ":2: unknown id \"nothing\" (expected:");
    }

    @Test
    void unknownSettingIsNamedWithItsLine() throws Exception {
        Path file = write("<Configure id='httpConnector' class='org.eclipse.jetty.server.ServerConnector'>\n"
                + "<Set name='idleTimeout'>1</Set>\n<Set name='idelTimeout'>1</Set></Configure>");

        assertThatThrownBy(() -> apply(file))
                .hasMessageStartingWith(file + ":3: no such setting: ")
                .hasMessageContaining("IdelTimeout");
    }

    @Test
    void valueOfTheWrongTypeIsNamed() throws Exception {
        Path file = write("<Configure id='httpConnector' class='org.eclipse.jetty.server.ServerConnector'>\n"
                + "<Set name='idleTimeout'>soon</Set></Configure>");

        assertThatThrownBy(() -> apply(file)).hasMessageStartingWith(file + ":").hasMessageContaining("soon");
    }

    @Test
    void brokenXmlIsNamedWithItsLine() throws Exception {
        Path file = write("<Configure id='Server'>\n<Set</Configure>");

        assertThatThrownBy(() -> apply(file))
                .isInstanceOf(JettyXmlException.class)
                .hasMessageStartingWith(file + ":2: ");
    }

    @Test
    void fileThatIsNoJettyXmlAndFileThatIsNotThereAreNamed() throws Exception {
        Path other = write("<web-app/>");
        Path bare = Files.writeString(directory.resolve("bare.xml"), "<Configure id='Server'/>");
        Path missing = directory.resolve("missing.xml");

        assertThatThrownBy(() -> apply(other)).hasMessage(other + ":1: <web-app> (expected: <Configure>)");
        assertThatThrownBy(() -> apply(bare))
                .hasMessageStartingWith(bare + ":1: no DOCTYPE (expected: <!DOCTYPE Configure");
        assertThatThrownBy(() -> apply(missing)).hasMessage(missing + ": does not exist (expected: a Jetty XML file)");
    }

    private void apply(Path... files) {
        JettyXml.apply(server.server, server.listeners.xmlIds(), List.of(files));
    }

    private Path write(String text) throws Exception {
        return Files.writeString(Files.createTempFile(directory, "some", ".xml"), DOCTYPE + text);
    }

    private static SslContextFactory.Server context(TestServer server) {
        return (SslContextFactory.Server) server.listeners.xmlIds().get("sslContextFactory");
    }

    /** All that the shipped files set, as it is when the server runs. */
    private static List<Object> values(TestServer server) {
        List<Object> values = new ArrayList<>();
        for (ServerConnector c : server.listeners.connectors())
            values.addAll(List.of(
                    c.getName(),
                    c.getIdleTimeout(),
                    c.getAcceptQueueSize(),
                    c.getReuseAddress(),
                    c.isReusePort(),
                    c.getAcceptedTcpNoDelay(),
                    c.getAcceptedReceiveBufferSize(),
                    c.getAcceptedSendBufferSize(),
                    c.getAcceptorPriorityDelta(),
                    c.getShutdownIdleTimeout()));
        for (String id : List.of("httpConfig", "sslHttpConfig")) {
            HttpConfiguration h = (HttpConfiguration) server.listeners.xmlIds().get(id);
            values.addAll(List.of(
                    h.getRequestHeaderSize(),
                    h.getResponseHeaderSize(),
                    h.getMaxResponseHeaderSize(),
                    h.getInputBufferSize(),
                    h.getOutputBufferSize(),
                    h.getOutputAggregationSize(),
                    h.getSendServerVersion(),
                    h.getSendDateHeader()));
        }
        SslContextFactory.Server tls = context(server);
        SSLEngine engine = tls.newSSLEngine();
        values.addAll(List.of(
                Arrays.asList(engine.getEnabledProtocols()),
                Arrays.asList(engine.getEnabledCipherSuites()),
                Arrays.asList(tls.getExcludeCipherSuites()),
                tls.isUseCipherSuitesOrder(),
                tls.isRenegotiationAllowed(),
                tls.getNeedClientAuth(),
                tls.getWantClientAuth(),
                tls.getSslSessionCacheSize(),
                tls.getSslSessionTimeout()));
        QueuedThreadPool threads = threads(server.server);
        values.addAll(List.of(
                threads.getMinThreads(),
                threads.getMaxThreads(),
                threads.getIdleTimeout(),
                threads.getMaxEvictCount(),
                threads.getReservedThreads()));
        return values;
    }

    private static QueuedThreadPool threads(Server server) {
        return (QueuedThreadPool) server.getThreadPool();
    }
}
