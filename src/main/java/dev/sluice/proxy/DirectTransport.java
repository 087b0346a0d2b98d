package dev.sluice.proxy;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.BackendTlsConfig;
import dev.sluice.config.ConnectionsConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.upstream.Backend;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * The short way to a backend: plain HTTP/1.1 on connections of our own, each on the event loop of the client that it works
 * for, so that a request and its answer pass without a change of thread. For servers whose connectors are our own.
 */
public final class DirectTransport implements Transport {
    private final Map<Object, DirectDestination> destinations = new ConcurrentHashMap<>();
    private final Parts parts;

    /** A connection that was made with one certificate, or to one name, is not for those who ask for another. */
    private record Secured(
            Object origin,
            @Nullable BackendTlsConfig tls,
            @Nullable String name) {}

    /**
     * What destinations and connections are made with.
     *
     * @param buffers where all buffers come from
     * @param executor resolves names
     * @param scheduler ends a resolution that takes too long
     * @param largeInputs bounds the large buffers of all connections
     * @param oneExchangeEach whether a connection is closed after its first exchange
     * @param room of the only pool that they are for, or null for any
     */
    public record Parts(
            Dialer dialer,
            UpstreamConfig upstream,
            ServerConfig server,
            ByteBufferPool buffers,
            Executor executor,
            Scheduler scheduler,
            LargeInputs largeInputs,
            boolean oneExchangeEach,
            @Nullable ConnectionRoom room) {
        public Parts(
                Dialer dialer,
                UpstreamConfig upstream,
                ServerConfig server,
                ByteBufferPool buffers,
                Executor executor,
                Scheduler scheduler) {
            this(
                    dialer,
                    upstream,
                    server,
                    buffers,
                    executor,
                    scheduler,
                    new LargeInputs(Runtime.getRuntime().maxMemory()),
                    false,
                    null);
        }

        /** For one pool, whose connections are its own. */
        Parts within(UpstreamConfig limits, ConnectionRoom ofPool) {
            return new Parts(
                    dialer, limits, server, buffers, executor, scheduler, largeInputs, oneExchangeEach, ofPool);
        }

        Parts forOneExchangeEach() {
            return new Parts(dialer, upstream, server, buffers, executor, scheduler, largeInputs, true, room);
        }
    }

    public DirectTransport(Parts parts) {
        this.parts = parts;
    }

    @Override
    public String name() {
        return "direct";
    }

    @Override
    public Call send(BackendRequest request, Answer answer) {
        // One for each address that the configuration names. The limits of an address hold for all routes together.
        return send(request, answer, destination(request.backend()));
    }

    private static Object key(Backend backend) {
        BackendConfig config = backend.config();
        return config.isSecure() ? new Secured(backend.origin(), config.tls(), config.name()) : backend.origin();
    }

    private DirectDestination destination(Backend backend) {
        Object key = key(backend);
        DirectDestination known = destinations.get(key);
        return known != null && !known.isRetired()
                ? known
                : destinations.compute(
                        key,
                        (k, other) ->
                                other != null && !other.isRetired() ? other : new DirectDestination(backend, parts));
    }

    @Override
    public boolean keepOnly(Set<Backend> members) {
        Set<Object> keys = members.stream().map(DirectTransport::key).collect(Collectors.toSet());
        destinations
                .entrySet()
                .removeIf(e -> !keys.contains(e.getKey()) && e.getValue().leave());
        destinations.values().forEach(DirectDestination::closeLeaving);
        return keys.containsAll(destinations.keySet());
    }

    /** Addresses that it knows. */
    int size() {
        return destinations.size();
    }

    /** For how long used connections to a backend are kept, as learned from it; null while nothing has been learned. */
    public @Nullable Duration learnedKeepAlive(Backend backend) {
        DirectDestination known = destinations.get(key(backend));
        return known == null ? null : known.keepAlive().learned();
    }

    @Override
    public CompletableFuture<Void> warm(Backend backend, int connections) {
        return destination(backend).warm(connections);
    }

    @Override
    public Transport keeping(ConnectionsConfig rules) {
        return new Keeping(this, rules, new ConcurrentHashMap<>());
    }

    /**
     * For the backends of one pool.
     *
     * @param declared the addresses that know of the rules
     */
    record Keeping(DirectTransport all, ConnectionsConfig rules, Map<Object, DirectDestination> declared)
            implements Transport {
        private DirectDestination destination(Backend backend) {
            Object key = key(backend);
            DirectDestination known = declared.get(key);
            return known != null && !known.isRetired()
                    ? known
                    : declared.compute(
                            key, (k, other) -> other != null && !other.isRetired() ? other : declare(backend));
        }

        @Override
        public boolean keepOnly(Set<Backend> members) {
            boolean done = all.keepOnly(members);
            // Not by the members of this pool: the address may be another's too, and is the same for both.
            declared.values().removeIf(DirectDestination::isRetired);
            return done;
        }

        private DirectDestination declare(Backend backend) {
            DirectDestination destination = all.destination(backend);
            destination.keepAlive().declared(rules);
            return destination;
        }

        @Override
        public String name() {
            return all.name();
        }

        @Override
        public Call send(BackendRequest request, Answer answer) {
            return all.send(request, answer, destination(request.backend()));
        }

        @Override
        public CompletableFuture<Void> warm(Backend backend, int connections) {
            return destination(backend).warm(connections);
        }
    }

    private Call send(BackendRequest request, Answer answer, DirectDestination destination) {
        DirectCall call =
                new DirectCall(request, answer, destination, parts.dialer().loopOf(request.client()));
        destination.acquire(call);
        return call;
    }
}
