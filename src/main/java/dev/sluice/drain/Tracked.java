package dev.sluice.drain;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.LongToDoubleFunction;
import java.util.function.Supplier;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.NanoTime;
import org.jspecify.annotations.Nullable;

/**
 * One exchange that the server is busy with. It may end while a drain looks at it, so everything that is asked of the
 * request here is what an ended one still answers.
 */
final class Tracked {
    /** Under this attribute an exchange describes itself, in words that cross class loaders. */
    private static final String EXCHANGE_ATTRIBUTE = "dev.sluice.exchange";

    /** Under this one it says that it goes on after its response, and how it can be ended. */
    private static final String TUNNEL_ATTRIBUTE = "dev.sluice.tunnel";

    private final Request request;
    private volatile boolean late;

    Tracked(Request request) {
        this.request = request;
    }

    Request request() {
        return request;
    }

    /** Its request came after the drain had begun. */
    void cameLate() {
        late = true;
    }

    boolean isLate() {
        return late;
    }

    /** Complete when it has ended; null for an exchange that ends with its response. */
    @Nullable
    CompletionStage<?> tunnelEnd() {
        return tunnel().get("end") instanceof CompletionStage<?> end ? end : null;
    }

    /** Asks a WebSocket to end in order. Does nothing to anything else. */
    void goAway() {
        if (!(tunnel().get("goAway") instanceof Runnable goAway)) return;
        try {
            goAway.run();
        } catch (RuntimeException e) {
            DrainHandler.LOG.warn(
                    "{} cannot be told to end, and has until the deadline",
                    describe("").inWords(),
                    e);
        }
    }

    private Map<?, ?> tunnel() {
        return request.getAttribute(TUNNEL_ATTRIBUTE) instanceof Map<?, ?> tunnel ? tunnel : Map.of();
    }

    Connector connector() {
        return request.getConnectionMetaData().getConnector();
    }

    /** The socket's end, below TLS. */
    EndPoint endPoint() {
        EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
        while (endPoint instanceof EndPoint.Wrapper wrapper) endPoint = wrapper.unwrap();
        return endPoint;
    }

    /** Whether it was ended in order, before its time. */
    boolean isEndedEarly() {
        return false;
    }

    /** What it says of itself, at this moment. */
    Facts facts() {
        return new Facts(
                request.getAttribute(EXCHANGE_ATTRIBUTE) instanceof Supplier<?> exchange
                                && exchange.get() instanceof Map<?, ?> map
                        ? map
                        : Map.of());
    }

    /** How long ago its request began. */
    Duration age() {
        return Duration.ofNanos(NanoTime.since(request.getBeginNanoTime()));
    }

    /** For the ledger. */
    CutExchange describe(String listener) {
        Facts facts = facts();
        return new CutExchange(
                listener,
                Request.getRemoteAddr(request) + ":" + Request.getRemotePort(request),
                request.getMethod(),
                String.valueOf(request.getHttpURI().getPath()),
                facts.route(),
                facts.backend(),
                facts.text("phase", "being handled"),
                age(),
                facts.number("received"),
                facts.number("sent"));
    }

    /** In words that cross class loaders; of an exchange that is none of ours there are none. */
    record Facts(Map<?, ?> map) {
        String route() {
            return text("route", "none");
        }

        String backend() {
            return text("backend", "none");
        }

        String text(String name, String otherwise) {
            Object value = map.get(name);
            return value == null || value.toString().isEmpty() ? otherwise : value.toString();
        }

        long number(String name) {
            return map.get(name) instanceof Number number ? number.longValue() : 0;
        }

        /** The chance, 0 to 1, that it ends within so many nanoseconds from now; NaN where nobody can tell. */
        double endsWithin(long nanos) {
            return map.get("endsWithin") instanceof LongToDoubleFunction chance
                    ? chance.applyAsDouble(nanos)
                    : Double.NaN;
        }
    }
}
