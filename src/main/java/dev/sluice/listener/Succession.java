package dev.sluice.listener;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How another process of the same user can listen on an address while this one still does. The socket was bound for itself
 * alone, so that a second process started by mistake is told that the address is in use; what is done here lets one bind
 * that asks for it ({@code SO_REUSEPORT}), on Linux.
 *
 * <p>Two sockets that both have {@code SO_REUSEPORT} form a group, to which the kernel deals out connections. One cannot
 * leave it but by closing, and then the kernel drops the handshakes that it has under way for it, unless {@code
 * net.ipv4.tcp_migrate_req} is 1. So no group is made where that can be avoided ({@link Way#APART}): the kernel remembers
 * of a port that those who bound it share it, and asks that memory before it looks at each socket. A socket that is bound
 * beside ours for a moment, and closed, leaves that memory behind; ours then takes its own {@code SO_REUSEPORT} back and
 * belongs to no group, nor does the successor's. The kernel gives all connections to one of the two, and when {@link
 * #stepAside} makes ours listen on an interface that there is not, all go to the successor, while ours still completes the
 * handshakes that were under way. That takes an option that Java has no name for ({@link RawSockets}); where it cannot be
 * had, there is a group ({@link Way#GROUP}).
 *
 * <p>Safe for use by many threads.
 */
final class Succession {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerConnector.class);

    /** The index of no interface: they are numbered from 1, one for each that was ever made. */
    private static final int NOWHERE = Integer.MAX_VALUE;

    /** What a successor, and the end of this socket, can hope for. */
    enum Way {
        /** Nobody else can bind. */
        NONE,
        /** Others can bind, and the kernel deals out connections among them. */
        GROUP,
        /** Others can bind, and this one can step aside before it closes. */
        APART
    }

    private final ServerSocketChannel channel;
    private final @Nullable RawSockets raw;
    private final Way way;

    private Succession(ServerSocketChannel channel, @Nullable RawSockets raw, Way way) {
        this.channel = channel;
        this.raw = raw;
        this.way = way;
    }

    /** @param channel that nobody shares */
    static Succession none(ServerSocketChannel channel) {
        return new Succession(channel, null, Way.NONE);
    }

    /**
     * Lets others bind from now on.
     *
     * @param channel bound and listening, to an address of IP
     * @param shared whether it is meant to be in a group for as long as it lives
     */
    static Succession prepare(ServerSocketChannel channel, boolean shared) {
        if (!System.getProperty("os.name").equals("Linux")) return none(channel);
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        } catch (IOException | UnsupportedOperationException e) {
            LOG.debug("{} cannot be shared", channel, e);
            return none(channel);
        }
        RawSockets raw = shared ? null : RawSockets.here().orElse(null);
        boolean apart = raw != null && leaveGroup(channel, raw);
        return new Succession(channel, raw, apart ? Way.APART : Way.GROUP);
    }

    private static boolean leaveGroup(ServerSocketChannel channel, RawSockets raw) {
        try {
            // A kernel that knows the option, and a socket for which it is still to be used.
            if (raw.boundInterface(channel) != 0) return false;
            SocketAddress address = channel.getLocalAddress();
            if (!canBindBeside(address)) return false;
            channel.setOption(StandardSocketOptions.SO_REUSEPORT, false);
            if (canBindBeside(address)) return true;
            channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        } catch (IOException | RuntimeException e) {
            LOG.debug("{} cannot step aside", channel, e);
        }
        return false;
    }

    /** With a socket that does not listen, so that no client ever meets it. */
    private static boolean canBindBeside(SocketAddress address) {
        try (SocketChannel beside = SocketChannel.open()) {
            beside.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            beside.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            beside.bind(address);
            return true;
        } catch (IOException e) {
            LOG.debug("{} cannot be bound a second time", address, e);
            return false;
        }
    }

    Way way() {
        return way;
    }

    /**
     * Takes no new connections any more: they reach whoever else listens on the address, or are refused. The handshakes that
     * are under way go on, and what they lead to can be accepted.
     *
     * @return false when that cannot be done: then only closing helps
     */
    boolean stepAside() {
        if (way != Way.APART || raw == null) return false;
        try {
            raw.bindToInterface(channel, NOWHERE);
            return true;
        } catch (IOException e) {
            LOG.debug("{} cannot step aside", channel, e);
            return false;
        }
    }
}
