package dev.sluice.upstream.discovery;

import dev.sluice.config.BackendConfig;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks one name up, again when the answer has grown old, and keeps the last answer while there is none. All of it on the
 * timer's thread.
 */
final class Watch {
    private static final Logger LOG = LoggerFactory.getLogger("discovery");
    /** By which part of it a wait is longer, so that many proxies do not ask in step; never shorter than the answer says. */
    private static final double JITTER = 0.1;

    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    private static final Duration LAST_RETRY = Duration.ofSeconds(30);
    /** Backends of one name; more are left out. */
    static final int MOST_MEMBERS = 1024;

    /**
     * How often.
     *
     * @param least how long any answer holds, whatever it says
     * @param most how long an answer holds at most
     * @param chance evenly distributed from 0 to 1
     */
    record Pace(Duration least, Duration most, Timer timer, DoubleSupplier chance) {}

    private final String called;
    private final Supplier<CompletableFuture<Found>> look;
    private final Pace pace;
    private final Runnable changed;
    private final CompletableFuture<Void> first = new CompletableFuture<>();
    private List<BackendConfig> members = List.of();
    private boolean known;
    private boolean told;
    private int failures;
    private boolean full;
    private volatile boolean stopped;

    /**
     * @param called for the log: pool and name
     * @param look one look-up; never blocks
     * @param changed told when the members are others than before
     */
    Watch(String called, Supplier<CompletableFuture<Found>> look, Pace pace, Runnable changed) {
        this.called = called;
        this.look = look;
        this.pace = pace;
        this.changed = changed;
    }

    /** Those of the last answer; none as long as there was none. On the timer's thread. */
    List<BackendConfig> members() {
        return members;
    }

    /** @return completes with the first result, even if that is a failure */
    CompletableFuture<Void> start() {
        pace.timer().in(0, this::ask);
        return first;
    }

    /** What is under way is its last look-up. */
    void stop() {
        stopped = true;
    }

    private void ask() {
        if (stopped) {
            first.complete(null);
            return;
        }
        CompletableFuture<Found> asked;
        try {
            asked = look.get();
        } catch (RuntimeException e) {
            asked = CompletableFuture.failedFuture(e);
        }
        asked.whenComplete((found, failure) -> pace.timer().in(0, () -> heard(found, failure)));
    }

    private void heard(@Nullable Found found, @Nullable Throwable failure) {
        Duration next = FIRST_RETRY;
        try {
            if (found == null) {
                next = failed(failure == null ? "no answer" : LookupException.reason(failure));
            } else {
                next = bounded(found.ttl());
                heard(found);
            }
        } catch (RuntimeException e) {
            // A fault of whoever was told. With the next answer it is told again.
            LOG.error("{}: what was found is not taken", called, e);
        } finally {
            first.complete(null);
            double longer = 1 + JITTER * pace.chance().getAsDouble();
            pace.timer().in((long) (next.toNanos() * longer), this::ask);
        }
    }

    private void heard(Found found) {
        if (failures > 0) LOG.info("{}: found again after {} failed look-ups", called, failures);
        failures = 0;
        List<BackendConfig> now = atMost(found.members());
        boolean same = known && now.size() == members.size() && now.containsAll(members);
        if (same && told) return;
        if (!same) report(now);
        known = true;
        members = now;
        told = false;
        changed.run();
        told = true;
    }

    private List<BackendConfig> atMost(List<BackendConfig> all) {
        boolean over = all.size() > MOST_MEMBERS;
        if (over && !full) LOG.warn("{}: {} backends, of which {} are used", called, all.size(), MOST_MEMBERS);
        full = over;
        if (!over) return all;
        // Servers turn the order round from answer to answer; those that are used should stay.
        return all.stream()
                .sorted((a, b) -> a.origin().compareTo(b.origin()))
                .limit(MOST_MEMBERS)
                .toList();
    }

    private void report(List<BackendConfig> now) {
        if (now.isEmpty()) {
            LOG.warn("{}: there is none any more, it says", called);
            return;
        }
        LOG.info("{}: {}", called, Changes.between(members, now));
    }

    /** Once for each row of failures, and not for each of them. */
    private Duration failed(String reason) {
        if (failures++ == 0) {
            if (known) LOG.warn("{}: not found: {}; what was found last stays: {}", called, reason, count(members));
            else LOG.warn("{}: not found: {}; no requests go there until it is", called, reason);
        } else {
            LOG.debug("{}: not found, for the {}. time: {}", called, failures, reason);
        }
        Duration wait = FIRST_RETRY.multipliedBy(1L << Math.min(failures - 1, 10));
        Duration longest = pace.most().compareTo(LAST_RETRY) < 0 ? pace.most() : LAST_RETRY;
        return wait.compareTo(longest) < 0 ? wait : longest;
    }

    private static String count(List<BackendConfig> members) {
        return members.size() == 1 ? "1 backend" : members.size() + " backends";
    }

    private Duration bounded(Duration ttl) {
        if (ttl.compareTo(pace.least()) < 0) return pace.least();
        return ttl.compareTo(pace.most()) > 0 ? pace.most() : ttl;
    }
}
