package dev.sluice.proxy;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.BackendTlsConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.UpstreamConfig;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
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
     */
    public record Parts(
            Dialer dialer,
            UpstreamConfig upstream,
            ServerConfig server,
            ByteBufferPool buffers,
            Executor executor,
            Scheduler scheduler,
            LargeInputs largeInputs,
            boolean oneExchangeEach) {
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
                    false);
        }

        Parts forOneExchangeEach() {
            return new Parts(dialer, upstream, server, buffers, executor, scheduler, largeInputs, true);
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
        BackendConfig backend = request.backend().config();
        Object key = request.backend().origin();
        if (backend.isSecure()) key = new Secured(key, backend.tls(), backend.name());
        DirectDestination destination = destinations.get(key);
        if (destination == null)
            destination = destinations.computeIfAbsent(key, k -> new DirectDestination(backend, parts));
        DirectCall call =
                new DirectCall(request, answer, destination, parts.dialer().loopOf(request.client()));
        destination.acquire(call);
        return call;
    }
}
