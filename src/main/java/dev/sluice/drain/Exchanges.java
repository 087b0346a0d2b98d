package dev.sluice.drain;

import java.util.Collection;
import java.util.Map;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * The exchanges that a server is busy with, or those of them that came by one listener. A view: others add to it and take
 * from it all the time.
 */
final class Exchanges {
    private final Map<Request, Tracked> all;
    private final @Nullable Connector only;

    /** Whatever came, by whichever listener. */
    Exchanges(Map<Request, Tracked> all) {
        this(all, null);
    }

    private Exchanges(Map<Request, Tracked> all, @Nullable Connector only) {
        this.all = all;
        this.only = only;
    }

    /** Those of one listener. */
    Exchanges by(Connector listener) {
        return new Exchanges(all, listener);
    }

    Collection<Tracked> now() {
        Collection<Tracked> every = all.values();
        return only == null
                ? every
                : every.stream().filter(e -> e.connector() == only).toList();
    }

    /** @return false when it has ended by itself in the meantime */
    boolean take(Tracked exchange) {
        return all.remove(exchange.request(), exchange);
    }

    boolean isEmpty() {
        return only == null ? all.isEmpty() : now().isEmpty();
    }

    int size() {
        return only == null ? all.size() : now().size();
    }
}
