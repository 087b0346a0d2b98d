package dev.sluice.listener;

import dev.sluice.config.ListenerConfig;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What in a Jetty's listeners is not Sluice's, and what that costs, for the log. */
final class ForeignParts {
    private static final Logger LOG = LoggerFactory.getLogger(JettyBase.class);

    private ForeignParts() {}

    /** Says of a connector that has all its protocols what in it is Jetty's own, in a line for each; nothing if nothing. */
    static void tell(Connector connector) {
        String listener = label(connector);
        if (!(connector instanceof ListenerConnector)) {
            LOG.warn(
                    "listener {} is a {}, not Sluice's: a stop resets connections that it has not accepted yet, and may "
                            + "close one before its client is told (expected: JettyBase.listener, as in Sluice's "
                            + "etc/jetty-http.xml and jetty-ssl.xml)",
                    listener,
                    connector.getClass().getSimpleName());
        }
        for (ConnectionFactory factory : connector.getConnectionFactories()) {
            String protocol = factory.getProtocol();
            // Names first: where there is no HTTP/2 there are no classes of it either.
            if (protocol.equals("h2") || protocol.equals("h2c")) {
                if (!(factory instanceof PromptHttp2.OverTls || factory instanceof PromptHttp2.Plain))
                    LOG.warn(
                            "listener {}: {} is Jetty's own: a client that leaves is noticed when its answer is written, "
                                    + "and a stream whose backend is slow may be reset, in a drain too (expected: "
                                    + "Sluice's etc/jetty-http2.xml and jetty-http2c.xml)",
                            listener,
                            protocol);
            } else if (factory instanceof HttpConnectionFactory && !(factory instanceof LoopHttp)) {
                LOG.warn(
                        "listener {}: {} is Jetty's own: a client that is answered before it has sent all may lose the "
                                + "answer (expected: JettyBase.http1, as in Sluice's etc/jetty-http.xml and "
                                + "jetty-https.xml)",
                        listener,
                        protocol);
            }
        }
    }

    private static String label(Connector connector) {
        String name = connector.getName() == null ? "without a name" : connector.getName();
        if (!(connector instanceof NetworkConnector network)) return name;
        return name + " " + new ListenerConfig(name, network.getHost(), network.getPort(), null).address();
    }
}
