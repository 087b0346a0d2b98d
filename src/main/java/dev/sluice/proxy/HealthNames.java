package dev.sluice.proxy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.SocketAddressResolver;
import org.jspecify.annotations.Nullable;

/**
 * Looks up where backends are, on threads of its own: a name server that does not answer must not hold up checks of backends
 * whose address is known. One look-up for each name at a time. Safe for use by many threads.
 */
final class HealthNames implements SocketAddressResolver {
    private final Executor executor;
    private final Map<String, List<Asker>> askers = new HashMap<>(); // guarded by this

    /** @param executor whose threads may block */
    HealthNames(Executor executor) {
        this.executor = executor;
    }

    private record Asker(int port, @Nullable Object transport, Promise<List<InetSocketAddress>> promise) {
        boolean isOver() {
            return transport instanceof HealthSocket socket && socket.isOver();
        }

        void found(InetAddress[] addresses) {
            promise.succeeded(Arrays.stream(addresses)
                    .map(a -> new InetSocketAddress(a, port))
                    .toList());
        }
    }

    @Override
    public void resolve(String host, int port, Map<String, Object> context, Promise<List<InetSocketAddress>> promise) {
        Asker asker = new Asker(port, context.get(Transport.CONTEXT_KEY), promise);
        // An address needs no looking up, and so no other thread.
        if (host.indexOf(':') >= 0 || host.matches("\\d{1,3}(\\.\\d{1,3}){3}")) find(host, () -> List.of(asker));
        else if (isFirst(host, asker)) dispatch(host);
    }

    private synchronized boolean isFirst(String host, Asker asker) {
        List<Asker> others = askers.computeIfAbsent(host, h -> new ArrayList<>());
        boolean first = others.isEmpty();
        // Of a look-up that is stuck some do not want to know any more what it will have found.
        others.removeIf(Asker::isOver);
        others.add(asker);
        return first;
    }

    private void dispatch(String host) {
        try {
            executor.execute(() -> find(host, () -> allOf(host)));
        } catch (RejectedExecutionException e) {
            allOf(host).forEach(a -> a.promise().failed(e));
        }
    }

    private static void find(String host, Supplier<List<Asker>> who) {
        InetAddress[] found;
        try {
            found = InetAddress.getAllByName(host);
        } catch (UnknownHostException | SecurityException e) {
            who.get().forEach(a -> a.promise().failed(e));
            return;
        }
        who.get().forEach(a -> a.found(found));
    }

    private synchronized List<Asker> allOf(String host) {
        List<Asker> all = askers.remove(host);
        return all == null ? List.of() : all;
    }
}
