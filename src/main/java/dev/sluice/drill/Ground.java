package dev.sluice.drill;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/**
 * What all clients of a drill stand on. Immutable, but for what it refers to, which is safe for use by many threads.
 *
 * @param ports of the listeners, by name
 * @param plan what is drilled
 * @param tls trusts any certificate
 * @param ending opens when clients are to begin nothing any more
 */
record Ground(
        Map<String, Integer> ports,
        RequestLog log,
        Moments moments,
        Pace pace,
        DrillPlan plan,
        SSLContext tls,
        CountDownLatch ending) {
    int port(Lane lane) {
        Integer port = ports.get(lane.listener());
        if (port == null)
            throw new IllegalArgumentException(
                    "listener " + lane.listener() + " (expected: one of " + ports.keySet() + ")");
        return port;
    }

    /** Whether nobody needs to take a connection any more. */
    boolean mayRefuse() {
        return plan.what() == DrillPlan.What.STOP && moments.stop() >= 0;
    }

    /** Waits, unless clients are to end. */
    void pause(Duration duration) throws InterruptedException {
        var unused = ending.await(duration.toNanos(), TimeUnit.NANOSECONDS);
    }

    boolean isEnding() {
        return ending.getCount() == 0;
    }
}
