package dev.sluice.drain;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.NanoTime;

/**
 * The end of what a part of the configuration still has when it has left while the server goes on: a backend that is not
 * found any more, for example. Its exchanges go on for a while; then they are cut, and named. Safe for use by many threads.
 */
public final class Leaving {
    private final DrainHandler handler;
    private final Supplier<Duration> deadlines;

    /** @param deadline from the moment at which something leaves to the cut of what it still has; asked at that moment */
    public Leaving(DrainHandler handler, Supplier<Duration> deadline) {
        this.handler = handler;
        this.deadlines = deadline;
    }

    /**
     * Something has left: from now on nothing new is to go there.
     *
     * @param what for the log
     * @param has whether it has an exchange; asked when the time has passed, of those that had begun before
     */
    public void left(String what, Predicate<Tracked.Facts> has) {
        long since = NanoTime.now();
        Duration deadline = deadlines.get();
        Server server = handler.getServer();
        server.getScheduler()
                .schedule(
                        () -> server.getThreadPool().execute(() -> cut(what, has, since, deadline)),
                        deadline.toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    /** How many exchanges there are of some kind at this moment. */
    public long count(Predicate<Tracked.Facts> kind) {
        long count = 0;
        for (Tracked exchange : handler.exchanges()) if (kind.test(exchange.facts())) count++;
        return count;
    }

    /** How many have come by a listener. */
    public long count(Connector listener) {
        long count = 0;
        for (Tracked exchange : handler.exchanges())
            if (exchange.request().getConnectionMetaData().getConnector() == listener) count++;
        return count;
    }

    /** How long that is, as the log has it. */
    public static String time(Duration limit) {
        return PlanText.time(limit);
    }

    private void cut(String what, Predicate<Tracked.Facts> has, long since, Duration deadline) {
        if (handler.isShutdown()) return; // A drain of everything has a deadline of its own.
        int count = 0;
        for (Tracked exchange : handler.exchanges()) {
            try {
                if (!isDue(exchange, has, since)) continue;
                String described = exchange.describe("").inWords();
                DrainHandler.LOG.warn("{} left {} ago: cut: {}", what, PlanText.time(deadline), described);
                exchange.breakOff();
                count++;
            } catch (RuntimeException e) {
                // One that ends meanwhile, or cannot be ended, does not save the others.
                DrainHandler.LOG.warn("{}: an exchange could not be cut", what, e);
            }
        }
        if (count > 0) DrainHandler.LOG.warn("{}: {} cut", what, count == 1 ? "1 exchange" : count + " exchanges");
    }

    private static boolean isDue(Tracked exchange, Predicate<Tracked.Facts> has, long since) {
        return NanoTime.isBeforeOrSame(exchange.request().getBeginNanoTime(), since) && has.test(exchange.facts());
    }
}
