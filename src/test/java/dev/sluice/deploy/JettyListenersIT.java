package dev.sluice.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.resource.ResourceFactory;
import org.eclipse.jetty.xml.XmlConfiguration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The listeners of the base beside those that Jetty's own files make: the same properties, and the same meaning. */
class JettyListenersIT {
    private static final List<String> PROPERTIES = List.of(
            "host=127.0.0.7",
            "port=18080",
            "idleTimeout=12345",
            "acceptors=3",
            "selectors=2",
            "acceptorPriorityDelta=-1",
            "acceptQueueSize=17",
            "reuseAddress=false",
            "reusePort=true",
            "acceptedTcpNoDelay=false",
            "acceptedReceiveBufferSize=4096",
            "acceptedSendBufferSize=8192");

    @ParameterizedTest
    @CsvSource({
        "http, httpConnector, false",
        "http, httpConnector, true",
        "ssl, sslConnector, false",
        "ssl, sslConnector, true"
    })
    void propertiesMeanWhatTheyMeanInJetty(String kind, String id, boolean set) throws Exception {
        Map<String, String> properties = new HashMap<>();
        if (set) {
            for (String property : PROPERTIES)
                properties.put("jetty." + kind + "." + property.split("=")[0], property.split("=")[1]);
        }
        List<Object> ours = settings(file("sluice.jettyBase", "jetty-base", kind), id, properties);

        assertThat(ours)
                .isEqualTo(settings(
                        file("sluice.jettyHome", "target/jetty-home/jetty-home-12.1.12", kind), id, properties));
        if (set) assertThat(ours).contains("127.0.0.7", 18080, 12345L, 3, 2, -1, 17, 4096, 8192);
    }

    private static Path file(String property, String usual, String kind) {
        return Path.of(System.getProperty(property, usual))
                .resolve("etc/jetty-" + kind + ".xml")
                .toAbsolutePath();
    }

    /** What the file makes of the properties. */
    private static List<Object> settings(Path file, String id, Map<String, String> properties) throws Exception {
        Server server = new Server();
        try (ResourceFactory.Closeable resources = ResourceFactory.closeable()) {
            XmlConfiguration xml = new XmlConfiguration(resources.newResource(file));
            xml.getIdMap().put("Server", server);
            xml.getIdMap().put("httpConfig", new HttpConfiguration());
            xml.getProperties().putAll(properties);
            xml.configure();
            ServerConnector connector = (ServerConnector) xml.getIdMap().get(id);
            assertThat(server.getConnectors()).containsExactly(connector);
            List<Object> settings = new ArrayList<>();
            settings.add(String.valueOf(connector.getHost()));
            settings.addAll(List.of(
                    connector.getPort(),
                    connector.getIdleTimeout(),
                    connector.getAcceptors(),
                    connector.getSelectorManager().getSelectorCount(),
                    connector.getAcceptorPriorityDelta(),
                    connector.getAcceptQueueSize(),
                    connector.getReuseAddress(),
                    connector.isReusePort(),
                    connector.getAcceptedTcpNoDelay(),
                    connector.getAcceptedReceiveBufferSize(),
                    connector.getAcceptedSendBufferSize(),
                    connector.getProtocols(),
                    String.valueOf(connector.getDefaultProtocol())));
            return settings;
        }
    }
}
