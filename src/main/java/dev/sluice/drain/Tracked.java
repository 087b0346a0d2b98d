package dev.sluice.drain;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
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
public final class Tracked {
    /** Under this attribute an exchange describes itself, in words that cross class loaders. */
    private static final String EXCHANGE_ATTRIBUTE = "dev.sluice.exchange";

    /** Under this one it says that it goes on after its response, and how it can be ended. */
    private static final String TUNNEL_ATTRIBUTE = "dev.sluice.tunnel";

    /** Under this one, when its route ends it early in a drain, and what does. */
    private static final String EARLY_ATTRIBUTE = "dev.sluice.early";

    private final Request request;
    private volatile boolean late;
    private volatile boolean askedToEnd;
    private volatile boolean endedEarly;

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

    /** Whether it is a WebSocket, which can be told to end. */
    boolean canBeTold() {
        return tunnel().get("goAway") instanceof Runnable;
    }

    /** The same as {@link #goAway}, by a thread of its listener. */
    void goAwaySoon() {
        try {
            connector().getExecutor().execute(this::goAway);
        } catch (RejectedExecutionException e) {
            goAway(); // It does not block; only those who come after it wait a moment longer.
        }
    }

    /**
     * Ends it, when that can be done in order, once the limit of its route has passed: since the start of the drain, or since
     * its request came, if that was later. By a thread of its listener, and once, unless the answer is that it is being
     * decided just then: what cannot be ended, such as an upload, has until the deadline.
     *
     * @param drainStart as {@link NanoTime} counts
     */
    void endEarlyWhenDue(long drainStart) {
        if (askedToEnd || !(early().get("after") instanceof Duration after)) return;
        long passed = Math.min(NanoTime.since(drainStart), NanoTime.since(request.getBeginNanoTime()));
        if (passed < after.toNanos()) return;
        askedToEnd = true;
        try {
            connector().getExecutor().execute(this::endEarly);
        } catch (RejectedExecutionException e) {
            askedToEnd = false; // At the next look.
        }
    }

    private void endEarly() {
        if (!(early().get("end") instanceof Supplier<?> end)) return;
        // First, because it may be over when the call returns.
        endedEarly = true;
        try {
            Optional<?> ends = end.get() instanceof Optional<?> said ? said : Optional.of(false);
            endedEarly = ends.isPresent() && Boolean.TRUE.equals(ends.get());
            if (ends.isEmpty()) askedToEnd = false; // At the next look.
        } catch (RuntimeException e) {
            endedEarly = false;
            DrainHandler.LOG.warn(
                    "{} cannot be ended early, and has until the deadline",
                    describe("").inWords(),
                    e);
        }
    }

    /** Whether it ended, or is about to, because the limit of its route has passed. */
    boolean isEndedEarly() {
        return endedEarly;
    }

    private Map<?, ?> early() {
        return request.getAttribute(EARLY_ATTRIBUTE) instanceof Map<?, ?> early ? early : Map.of();
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

    /** Ends it, whatever it is doing. */
    void breakOff() {
        if (facts().map().get("breakOff") instanceof Runnable end) end.run();
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
    public record Facts(Map<?, ?> map) {
        /** Its name; {@code none} when it had come to none. */
        public String route() {
            return text("route", "none");
        }

        /** The name of the pool of its route; {@code none} when there is none. */
        public String pool() {
            return text("pool", "none");
        }

        /** Its origin; {@code none} when it had been given none. */
        public String backend() {
            return text("backend", "none");
        }

        /** Which proxy has it, of those that one configuration after the other made: from 0. */
        public long generation() {
            return number("generation");
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
