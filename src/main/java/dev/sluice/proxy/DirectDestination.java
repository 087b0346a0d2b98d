package dev.sluice.proxy;

import dev.sluice.config.BackendConfig;
import dev.sluice.proxy.ProxyFailure.Kind;
import dev.sluice.upstream.Backend;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.SocketAddressResolver;
import org.jspecify.annotations.Nullable;

/**
 * All connections to one address: those that are used, those that wait to be used again, and the requests that wait for
 * one. Safe for use by many threads; the lock is never held while others are called.
 */
final class DirectDestination implements ConnectionRoom.Idle {
    /** The shortest pause between two looks at what is to be closed: a few of them late cost nothing. */
    private static final long SWEEP_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

    private final Backend member;
    private final BackendConfig backend;
    private final KeepAlive keepAlive;
    private final DirectTransport.Parts parts;
    private final Dialer dialer;
    private final SocketAddressResolver resolver;
    private final @Nullable SocketAddress literal;

    // Guarded by this.
    private final IdleConnections idle;
    private final Deque<DirectCall> waiting = new ArrayDeque<>();
    private final List<Promise<List<InetSocketAddress>>> resolving = new ArrayList<>();
    private int open; // those being opened included
    private boolean sweeping;
    private int warmed; // how many so far

    private volatile boolean retired;

    /** What a connection is opened for. */
    interface Dialled {
        /** Where it is to be served. */
        Object loop();

        /** Whether nobody waits for it any more. */
        boolean isOver();

        void opened(DirectConnection connection);

        void failed(Throwable cause);
    }

    /** @param member the first that asked for it: of several pools, unless they are made for one only */
    DirectDestination(Backend member, DirectTransport.Parts parts) {
        this.member = member;
        this.backend = member.config();
        keepAlive = new KeepAlive(backend.origin());
        idle = new IdleConnections(keepAlive);
        this.parts = parts;
        this.dialer = parts.dialer().to(backend);
        this.resolver = new SocketAddressResolver.Async(
                parts.executor(),
                parts.scheduler(),
                parts.upstream().connectTimeout().toMillis());
        this.literal = literal(backend);
        if (parts.room() != null) parts.room().add(this);
    }

    @Override
    public Backend backend() {
        return member;
    }

    @Override
    public synchronized int idle() {
        return idle.size();
    }

    @Override
    public boolean closeIdle() {
        DirectConnection oldest;
        synchronized (this) {
            oldest = idle.takeOldest();
        }
        if (oldest != null) oldest.close();
        return oldest != null;
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

    KeepAlive keepAlive() {
        return keepAlive;
    }

    /**
     * For a backend that has left: closes the connections that nobody uses, and says whether nothing is open and nobody
     * waits. If so this one is retired, and whoever comes to ask for one is to make another.
     */
    boolean leave() {
        boolean some = closeIdle();
        while (some) some = closeIdle();
        return retire();
    }

    /** Closes the connections that nobody uses, and that are served by loops which are about to end. */
    void closeLeaving() {
        List<DirectConnection> due;
        synchronized (this) {
            due = idle.takeAll(dialer::isLeaving);
        }
        due.forEach(DirectConnection::close);
    }

    private synchronized boolean retire() {
        if (open == 0 && waiting.isEmpty()) retired = true;
        if (retired && parts.room() != null) parts.room().remove(this);
        return retired;
    }

    boolean isRetired() {
        return retired;
    }

    /** Finds a connection for a call, or has it wait for one; the call is told either way. */
    void acquire(DirectCall call) {
        DirectConnection taken = null;
        DirectConnection evicted = null;
        boolean opens = false;
        synchronized (this) {
            int most = parts.upstream().maxConnections();
            if (!call.fresh()) taken = idle.take(call.loop());
            if (taken == null && open >= most) {
                // None of its own loop is free, and no more may be opened: one of another loop does as well.
                taken = call.fresh() ? null : idle.takeAny();
                if (taken == null) evicted = idle.takeOldest();
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
        if (opens && parts.room() != null) parts.room().opening(member);
        if (taken != null) taken.start(call);
        else if (opens) dial(call);
        else call.fail(Kind.NO_CONNECTION, "the queue for connections is full", null);
    }

    /** A connection is free again: for the next in the queue, or for later. */
    void release(DirectConnection connection) {
        if (parts.oneExchangeEach() || dialer.isLeaving(connection.loop())) {
            // Opened for a call that is over by now, or served by a loop that ends. The next in the queue opens its
            // own.
            connection.close();
            return;
        }
        DirectCall next;
        synchronized (this) {
            // Who closed it will tell, and the next in the queue opens another one.
            if (connection.isGone() || !connection.getEndPoint().isOpen()) return;
            next = waiting.poll();
            if (next == null) {
                idle.add(connection);
                if (sweeping || !connection.age().isBounded()) return;
                sweeping = true;
            } else if (next.fresh()) {
                open++;
            }
        }
        if (next == null) {
            sweepIn(connection.age().left(System.nanoTime()));
            return;
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
            idle.remove(connection);
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

    /** See {@link Transport#warm}. One after the other takes the event loops in turn. */
    CompletableFuture<Void> warm(int connections) {
        List<Object> loops = parts.dialer().loops();
        if (loops.isEmpty()) return CompletableFuture.completedFuture(null);
        int spare = parts.room() == null ? connections : parts.room().spare(member);
        int missing;
        int first;
        synchronized (this) {
            missing = Math.max(0, Math.min(connections, parts.upstream().maxConnections()) - open);
            missing = Math.min(missing, spare);
            open += missing;
            first = warmed;
            warmed += missing;
        }
        CompletableFuture<?>[] opening = new CompletableFuture<?>[missing];
        for (int i = 0; i < missing; i++)
            opening[i] = new Ahead(loops.get(Math.floorMod(first + i, loops.size()))).open();
        return CompletableFuture.allOf(opening);
    }

    /** A connection that is opened for whoever comes. */
    private final class Ahead implements Dialled {
        private final Object loop;
        private final CompletableFuture<Void> outcome = new CompletableFuture<>();

        Ahead(Object loop) {
            this.loop = loop;
        }

        CompletableFuture<Void> open() {
            dial(this);
            return outcome;
        }

        @Override
        public Object loop() {
            return loop;
        }

        @Override
        public boolean isOver() {
            return false;
        }

        @Override
        public void opened(DirectConnection connection) {
            outcome.complete(null);
            connection.ready();
        }

        @Override
        public void failed(Throwable cause) {
            outcome.completeExceptionally(cause);
        }
    }

    // Connections that nobody uses.

    /** The backend has ended a connection, unused as it was, or just as it was used again. */
    void endedIdle(DirectConnection connection) {
        long now = System.nanoTime();
        if (!keepAlive.ended(now, connection.age().idle(now), connection.age().wasUsed())) return;
        synchronized (this) {
            if (sweeping) return;
            sweeping = true;
        }
        sweepIn(0);
    }

    private void sweepIn(long nanos) {
        parts.scheduler().schedule(this::sweep, Math.max(nanos, SWEEP_PAUSE), TimeUnit.NANOSECONDS);
    }

    /** Closes those that are kept no longer. */
    private void sweep() {
        List<DirectConnection> due = new ArrayList<>();
        long next;
        synchronized (this) {
            next = idle.sweep(System.nanoTime(), due);
            sweeping = next != IdleLimit.NONE;
        }
        due.forEach(DirectConnection::close);
        if (next != IdleLimit.NONE) sweepIn(next);
    }

    /** Opens a connection, for which {@link #open} counts already. */
    private void dial(Dialled call) {
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

    private void dial(Dialled call, Iterator<? extends SocketAddress> addresses) {
        dialer.dial(
                addresses.next(),
                call.loop(),
                endPoint -> new DirectConnection(endPoint, this, call.loop()),
                new Promise<>() {
                    @Override
                    public void succeeded(Connection connection) {
                        call.opened((DirectConnection) connection);
                    }

                    @Override
                    public void failed(Throwable cause) {
                        if (addresses.hasNext() && !call.isOver()) dial(call, addresses);
                        else dialFailed(call, cause);
                    }
                });
    }

    private void dialFailed(Dialled call, Throwable cause) {
        DirectCall next;
        synchronized (this) {
            next = closedOne();
        }
        call.failed(cause);
        if (next != null) dial(next);
    }
}
