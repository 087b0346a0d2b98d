package dev.sluice.listener;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.IO;
import org.eclipse.jetty.util.Promise;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections to backends on the selectors that serve clients, so that an exchange stays on one thread. To be used
 * while the server runs; safe for use by many threads, and never blocks.
 */
public final class BackendSockets {
    private final Supplier<Collection<ListenerConnector>> connectors;
    private final long idleMillis;

    /**
     * @param connectors those that there are at the moment
     * @param idleTimeout how long a connection is kept on which nothing moves
     */
    BackendSockets(Supplier<Collection<ListenerConnector>> connectors, Duration idleTimeout) {
        this.connectors = connectors;
        this.idleMillis = idleTimeout.toMillis();
    }

    /** What serves a client's connection: the same object for all that one selector serves. */
    public Object loopOf(EndPoint client) {
        return Objects.requireNonNullElse(ArmedEndPoint.loopOf(client), this);
    }

    /** All that serve clients' connections while the server runs; where there are none a selector is chosen for each. */
    public List<Object> loops() {
        List<Object> loops = new ArrayList<>();
        for (ListenerConnector connector : connectors.get())
            loops.addAll(connector.selectors().loops());
        return loops.isEmpty() ? List.of(this) : loops;
    }

    /** Whether the listener of a loop has left the configuration. */
    public boolean isLeaving(Object loop) {
        return loop instanceof LoopSelector selector && selector.manager().isLeaving();
    }

    /** The TLVs of the PROXY protocol with which a client's connection began; maybe empty. */
    public byte[] tlvsOf(EndPoint client) {
        return ArmedEndPoint.tlvsOf(client);
    }

    /**
     * Begins to open a connection.
     *
     * @param address resolved, or that of a Unix-domain socket
     * @param loop from {@link #loopOf}
     * @param connections makes the connection that speaks the protocol
     * @param opened told of it once it is open, or why it could not be opened; on the thread of the loop or another one
     */
    public void dial(
            SocketAddress address,
            Object loop,
            Function<EndPoint, Connection> connections,
            Promise<Connection> opened) {
        LoopSelector selector = loop instanceof LoopSelector here ? here : null;
        ListenerConnector.Selectors selectors =
                selector == null ? connectors.get().iterator().next().selectors() : selector.manager();
        @Nullable SocketChannel channel = null;
        try {
            // A selector that stops closes what it has, and never looks at what comes after that.
            if (!selectors.isRunning()) throw new ClosedSelectorException();
            boolean unix = address instanceof UnixDomainSocketAddress;
            channel = unix ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
            if (!unix) channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            boolean connected = channel.connect(address);
            selectors.register(
                    channel, connected, selector, new ListenerConnector.Dial(connections, opened, idleMillis));
            // It may have stopped just then. Should it still come upon the channel, it reports the failure itself.
            if (!selectors.isRunning()) IO.close(channel);
        } catch (IOException | RuntimeException e) {
            // Of channels many failures are runtime exceptions: an address of a family that is switched off, for one.
            IO.close(channel);
            opened.failed(e);
        }
    }
}
