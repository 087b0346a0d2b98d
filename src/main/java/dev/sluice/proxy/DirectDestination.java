package dev.sluice.proxy;

import dev.sluice.config.BackendConfig;
import dev.sluice.proxy.ProxyFailure.Kind;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.SocketAddressResolver;
import org.jspecify.annotations.Nullable;

/**
 * All connections to one address: those that are used, those that wait to be used again, and the requests that wait for
 * one. Safe for use by many threads; the lock is never held while others are called.
 */
final class DirectDestination {
    private final BackendConfig backend;
    private final DirectTransport.Parts parts;
    private final Dialer dialer;
    private final SocketAddressResolver resolver;
    private final @Nullable SocketAddress literal;

    // Guarded by this.
    private final Map<Object, Deque<DirectConnection>> idle = new IdentityHashMap<>();
    private final Deque<DirectCall> waiting = new ArrayDeque<>();
    private final List<Promise<List<InetSocketAddress>>> resolving = new ArrayList<>();
    private int open; // those being opened included

    DirectDestination(BackendConfig backend, DirectTransport.Parts parts) {
        this.backend = backend;
        this.parts = parts;
        this.dialer = parts.dialer().to(backend);
        this.resolver = new SocketAddressResolver.Async(
                parts.executor(),
                parts.scheduler(),
                parts.upstream().connectTimeout().toMillis());
        this.literal = literal(backend);
    }

    /** An address that needs no looking up, or null. */
    private static @Nullable SocketAddress literal(BackendConfig backend) {
        if (backend.socket() != null) return UnixDomainSocketAddress.of(backend.socket());
        String host = backend.host();
        if (host.indexOf(':') < 0 && !host.matches("\\d{1,3}(\\.\\d{1,3}){3}")) return null;
        try {
            return new InetSocketAddress(InetAddress.getByName(host), backend.port());
        } catch (UnknownHostException e) {
            return null; // Not an address after all: the resolver will say so, to those who ask for it.
        }
    }

    DirectTransport.Parts parts() {
        return parts;
    }

    /** Finds a connection for a call, or has it wait for one; the call is told either way. */
    void acquire(DirectCall call) {
        DirectConnection taken = null;
        DirectConnection evicted = null;
        boolean opens = false;
        synchronized (this) {
            int most = parts.upstream().maxConnections();
            if (!call.fresh()) taken = newestOpen(idle.get(call.loop()));
            if (taken == null && open >= most) {
                // None of its own loop is free, and no more may be opened: one of another loop does as well.
                DirectConnection other = anyIdle();
                if (call.fresh()) evicted = other;
                else taken = other;
            }
            if (taken == null) {
                opens = open < most || evicted != null;
                if (opens) {
                    open++;
                } else if (waiting.size() < parts.upstream().maxQueued()) {
                    waiting.add(call);
                    return;
                }
            }
        }
        if (evicted != null) evicted.close();
        if (taken != null) taken.start(call);
        else if (opens) dial(call);
        else call.fail(Kind.NO_CONNECTION, "the queue for connections is full", null);
    }

    private static @Nullable DirectConnection newestOpen(@Nullable Deque<DirectConnection> from) {
        if (from == null) return null;
        DirectConnection newest = from.pollLast();
        while (newest != null && !newest.getEndPoint().isOpen()) newest = from.pollLast();
        return newest;
    }

    private @Nullable DirectConnection anyIdle() {
        for (Deque<DirectConnection> some : idle.values()) {
            DirectConnection one = newestOpen(some);
            if (one != null) return one;
        }
        return null;
    }

    /** A connection is free again: for the next in the queue, or for later. */
    void release(DirectConnection connection) {
        if (parts.oneExchangeEach()) {
            // Opened for a call that is over by now. The next in the queue opens its own.
            connection.close();
            return;
        }
        DirectCall next;
        synchronized (this) {
            // Who closed it will tell, and the next in the queue opens another one.
            if (connection.isGone() || !connection.getEndPoint().isOpen()) return;
            next = waiting.poll();
            if (next == null) {
                idle.computeIfAbsent(connection.loop(), l -> new ArrayDeque<>()).addLast(connection);
                return;
            }
            if (next.fresh()) open++;
        }
        if (next.fresh()) {
            connection.close();
            dial(next);
        } else {
            connection.start(next);
        }
    }

    /** A connection has ended: somebody else may open one. */
    void closed(DirectConnection connection) {
        DirectCall next;
        synchronized (this) {
            if (connection.isGone()) return;
            connection.gone();
            Deque<DirectConnection> others = idle.get(connection.loop());
            if (others != null) others.remove(connection);
            next = closedOne();
        }
        if (next != null) dial(next);
    }

    private @Nullable DirectCall closedOne() {
        open--;
        // One too many may have been opened for a call that insisted on a connection of its own.
        DirectCall next = open < parts.upstream().maxConnections() ? waiting.poll() : null;
        if (next != null) open++;
        return next;
    }

    /** A call does not want to wait any more. */
    synchronized void forget(DirectCall call) {
        waiting.remove(call);
    }

    /** Opens a connection, for which {@link #open} counts already. */
    private void dial(DirectCall call) {
        if (literal != null) dial(call, List.of(literal).iterator());
        else resolve(Promise.from(found -> dial(call, found.iterator()), cause -> dialFailed(call, cause)));
    }

    /** However many connections are to be opened at once, the name is looked up once. */
    private void resolve(Promise<List<InetSocketAddress>> asking) {
        synchronized (this) {
            resolving.add(asking);
            if (resolving.size() > 1) return;
        }
        resolver.resolve(
                backend.host(),
                backend.port(),
                Map.of(),
                Promise.from(
                        found -> resolved().forEach(p -> p.succeeded(found)),
                        cause -> resolved().forEach(p -> p.failed(cause))));
    }

    private synchronized List<Promise<List<InetSocketAddress>>> resolved() {
        List<Promise<List<InetSocketAddress>>> asked = List.copyOf(resolving);
        resolving.clear();
        return asked;
    }

    private void dial(DirectCall call, Iterator<? extends SocketAddress> addresses) {
        dialer.dial(
                addresses.next(),
                call.loop(),
                endPoint -> new DirectConnection(endPoint, this, call.loop()),
                new Promise<>() {
                    @Override
                    public void succeeded(Connection connection) {
                        ((DirectConnection) connection).start(call);
                    }

                    @Override
                    public void failed(Throwable cause) {
                        if (addresses.hasNext() && !call.isOver()) dial(call, addresses);
                        else dialFailed(call, cause);
                    }
                });
    }

    private void dialFailed(DirectCall call, Throwable cause) {
        DirectCall next;
        synchronized (this) {
            next = closedOne();
        }
        Kind kind = cause instanceof SocketTimeoutException ? Kind.CONNECT_TIMEOUT : Kind.CONNECT;
        call.fail(kind, null, cause);
        if (next != null) dial(next);
    }
}
