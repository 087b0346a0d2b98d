package dev.sluice.listener;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.Channel;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.IO;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listening sockets that a supervisor has opened and handed over, such as systemd's socket activation does. It keeps them
 * open, so that what connects while there is no process waits for the next one.
 */
final class InheritedSockets {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerConnector.class);

    private final List<Socket> unclaimed;

    private record Socket(String name, ServerSocketChannel channel, InetSocketAddress address) {}

    private InheritedSockets(List<Socket> unclaimed) {
        this.unclaimed = unclaimed;
    }

    static InheritedSockets none() {
        return new InheritedSockets(new ArrayList<>());
    }

    /**
     * Takes them over.
     *
     * @param names by descriptor; the name may be empty. What is no listening socket of IP is named in the log and left
     */
    static InheritedSockets of(Map<Integer, String> names) {
        RawSockets raw = RawSockets.here().orElse(null);
        if (raw == null) return standardInput(names);
        List<Socket> sockets = new ArrayList<>();
        new LinkedHashMap<>(names).forEach((descriptor, name) -> {
            try {
                sockets.add(socket(name, raw.adopt(descriptor)));
            } catch (IOException | RuntimeException e) {
                LOG.warn(
                        "inherited descriptor {} ({}) is no socket to listen on: {}", descriptor, name, e.getMessage());
            }
        });
        return new InheritedSockets(sockets);
    }

    /** The only one that Java gives without being opened up. */
    private static InheritedSockets standardInput(Map<Integer, String> names) {
        try {
            Channel channel = System.inheritedChannel();
            if (channel instanceof ServerSocketChannel listening) {
                String name = names.size() == 1 ? names.values().iterator().next() : "";
                return new InheritedSockets(new ArrayList<>(List.of(socket(name, listening))));
            }
        } catch (IOException e) {
            LOG.debug("standard input is no socket", e);
        }
        LOG.warn(
                "{} inherited sockets cannot be used (expected: a JVM with --add-opens java.base/sun.nio.ch=ALL-UNNAMED,"
                        + " as sluice.jar has it, or one socket as standard input)",
                names.size());
        return none();
    }

    private static Socket socket(String name, ServerSocketChannel channel) throws IOException {
        if (channel.getLocalAddress() instanceof InetSocketAddress address) return new Socket(name, channel, address);
        throw new IOException("not bound to a port");
    }

    /** The one that a listener is to have: that of its name, else one that is bound to its address; null for none. */
    @Nullable
    ServerSocketChannel claim(ServerConnector connector) {
        ServerSocketChannel named = take(connector, true);
        return named != null ? named : take(connector, false);
    }

    private @Nullable ServerSocketChannel take(ServerConnector connector, boolean byName) {
        for (Iterator<Socket> all = unclaimed.iterator(); all.hasNext(); ) {
            Socket socket = all.next();
            boolean fits = byName ? socket.name().equals(connector.getName()) : isBoundFor(socket, connector);
            if (!fits) continue;
            all.remove();
            LOG.info("listener {}: inherited, {}", connector.getName(), text(socket));
            if (!isBoundFor(socket, connector))
                LOG.warn(
                        "listener {}: configured for port {}, inherited with {}",
                        connector.getName(),
                        connector.getPort(),
                        text(socket));
            return socket.channel();
        }
        return null;
    }

    private static boolean isBoundFor(Socket socket, ServerConnector connector) {
        if (socket.address().getPort() != connector.getPort()) return false;
        try {
            InetAddress bound = socket.address().getAddress();
            String host = connector.getHost();
            return host == null ? bound.isAnyLocalAddress() : bound.equals(InetAddress.getByName(host));
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static String text(Socket socket) {
        String host = socket.address().getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":"
                + socket.address().getPort();
    }

    /** To be called when each listener has claimed its own: names those that are left, and the listeners that had none. */
    void finish(List<String> without) {
        for (Socket socket : unclaimed) {
            LOG.warn("inherited socket {} ({}): no listener wants it", socket.name(), text(socket));
            IO.close(socket.channel());
        }
        if (!without.isEmpty()) LOG.warn("listeners {}: no socket was inherited, so they are bound here", without);
        unclaimed.clear();
    }
}
