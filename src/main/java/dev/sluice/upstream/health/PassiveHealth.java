package dev.sluice.upstream.health;

import dev.sluice.config.EjectionConfig;
import dev.sluice.config.HealthConfig.StatusRange;
import dev.sluice.config.PoolConfig;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Lease;
import dev.sluice.upstream.Pool;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * Leaves backends alone for a while that fail, that say they have too much to do, or that are about to leave: what exchanges
 * find out, nobody need ask for. It never leaves alone the last one that is usable, nor more than a share of a pool.
 *
 * <p>Exchanges only count; whoever finds that it is too much has the timer decide. Time is a parameter. Safe for use by many
 * threads; never blocks.
 */
public final class PassiveHealth {
    /** For how long a backend may ask to be left alone. */
    static final long LONGEST_REST = 60_000_000_000L;
    /** When it could not be ejected, because others are, it is looked at again so much later. */
    private static final long SPARED = 1_000_000_000L;
    /** It is said again when that was not so for so long. */
    private static final long QUIET = 60_000_000_000L;

    private final ActiveHealth.Timer timer;
    private final LongSupplier clock;
    private final List<Watched> pools;
    private volatile boolean stopped;

    /**
     * @param timer when a backend is used again; it decides about backends too, so it is to be no thread of an exchange
     * @param clock nanoseconds since any moment
     */
    public PassiveHealth(List<Pool> all, ActiveHealth.Timer timer, LongSupplier clock) {
        this.timer = timer;
        this.clock = clock;
        pools = all.stream()
                .filter(PassiveHealth::concerns)
                .map(pool -> new Watched(pool, pool.config().ejection()))
                .toList();
        pools.forEach(one -> one.pool.watch(one));
    }

    /** Whether there is anything to decide in a pool: there may be others to use instead, and something ejects. */
    public static boolean concerns(Pool pool) {
        return concerns(pool.config());
    }

    /** The same of one that is declared so. */
    public static boolean concerns(PoolConfig config) {
        boolean several = config.backends().size() > 1 || !config.discoveries().isEmpty();
        return several && config.ejection().isOn();
    }

    /** Begins to measure shares of failures; the rest has begun already. */
    public void start() {
        pools.forEach(Watched::measure);
    }

    /** Decides nothing any more, and is known to nobody. */
    public void stop() {
        stopped = true;
        // Whoever is just deciding has decided.
        for (Watched one : pools)
            synchronized (one) {
                one.leave();
            }
    }

    /** One pool. */
    private final class Watched implements Pool.Watcher {
        private final Pool pool;
        private final EjectionConfig how;
        private final int lowestStatus;
        private final Map<Backend, Member> members = new ConcurrentHashMap<>();

        Watched(Pool pool, EjectionConfig how) {
            this.pool = pool;
            this.how = how;
            this.lowestStatus =
                    how.statuses().stream().mapToInt(StatusRange::first).min().orElse(Integer.MAX_VALUE);
        }

        @Override
        public void joined(Backend backend) {
            Member one = new Member(this, backend);
            members.put(backend, one);
            // Of the backend itself, so that nobody has to be looked up for each exchange.
            backend.observe(one::ended);
        }

        @Override
        public void left(Backend backend) {
            members.remove(backend);
        }

        @Override
        public void closes(Backend backend, boolean whole) {
            Member one = members.get(backend);
            if (one != null) one.closes(whole);
        }

        void leave() {
            pool.unwatch(this);
            members.keySet().forEach(backend -> backend.observe(null));
        }

        void measure() {
            if (stopped || how.failurePercent() == 0) return;
            members.values().forEach(Member::step);
            timer.in(how.window().toNanos() / FailureWindow.PARTS, this::measure);
        }

        boolean counts(int status) {
            if (status < lowestStatus) return false;
            for (StatusRange range : how.statuses()) if (range.contains(status)) return true;
            return false;
        }

        /** Whether one more can be left alone; one that is not, because of the others, is used although it fails. */
        boolean spares(Backend backend) {
            List<Backend> all = pool.backends();
            long ejected = all.stream().filter(Backend::isEjected).count();
            long most = Math.max(1, (long) all.size() * how.mostPercent() / 100);
            return ejected >= most || all.stream().noneMatch(b -> b != backend && b.isUsable());
        }
    }

    /** One backend of it. */
    private final class Member {
        private final Watched in;
        private final Backend backend;
        private final LeavingSigns leaving;
        private final FailureWindow window = new FailureWindow();
        private final AtomicInteger inRow = new AtomicInteger();
        private final LongAdder failures = new LongAdder();
        private final AtomicBoolean asked = new AtomicBoolean();
        private volatile long sparedUntil;
        private volatile boolean spared;
        private EjectionState state = EjectionState.NONE; // guarded by the pool's Watched

        Member(Watched in, Backend backend) {
            this.in = in;
            this.backend = backend;
            this.leaving = new LeavingSigns(clock.getAsLong());
        }

        private long requests() {
            return backend.succeeded() + backend.failed();
        }

        void step() {
            window.step(requests(), failures.sum());
        }

        void ended(Lease lease) {
            Lease.Outcome outcome = lease.outcome();
            if (outcome == Lease.Outcome.UNUSED) return;
            if (lease.rest() > 0) rest(lease.rest());
            if (outcome == Lease.Outcome.FAILURE || in.counts(lease.status())) failed(lease);
            // A write costs more than a look, and nearly always there is nothing to write.
            else if (inRow.get() != 0) inRow.set(0);
        }

        private void failed(Lease lease) {
            if (lease.isOutdated() || backend.isEjected()) return;
            failures.increment();
            int row = inRow.incrementAndGet();
            int most = in.how.failures();
            if (most > 0 && row >= most) {
                decide(() -> eject(row > 1 ? row + " failures in a row, the last: " + text(lease) : text(lease)));
            } else if (in.how.failurePercent() > 0
                    && window.exceeds(requests(), failures.sum(), in.how.failurePercent(), in.how.requests())) {
                decide(() -> eject(
                        "at least " + in.how.failurePercent() + " % of its requests failed, the last: " + text(lease)));
            }
        }

        private void rest(long nanos) {
            if (backend.isEjected() || lessThanTwo()) return;
            long lasting = Math.min(nanos, LONGEST_REST);
            decide(() -> leaveAlone("it answered 503 and asked for it", lasting, false));
        }

        void closes(boolean whole) {
            if (!leaving.closes(requests(), whole, clock.getAsLong()) || backend.isEjected()) return;
            decide(() -> leaveAlone(
                    "it closes its connections, as if it were about to leave",
                    in.how.time().toNanos(),
                    false));
        }

        private boolean lessThanTwo() {
            return in.members.size() < 2;
        }

        /** At most one decision is under way. */
        private void decide(Runnable decision) {
            if (spared && clock.getAsLong() - sparedUntil < 0) return;
            if (stopped || !asked.compareAndSet(false, true)) return;
            timer.in(0, () -> {
                asked.set(false);
                synchronized (in) {
                    if (!stopped && !backend.isEjected() && in.members.get(backend) == this) decision.run();
                }
            });
        }

        private void eject(String why) {
            EjectionState next = state.after(clock.getAsLong(), in.how);
            if (leaveAlone(why, next.length(), true)) state = next;
        }

        private boolean leaveAlone(String why, long nanos, boolean probation) {
            if (in.spares(backend)) {
                long now = clock.getAsLong();
                if (!spared || now - sparedUntil > QUIET) HealthLog.spared(in.pool, backend, why);
                sparedUntil = now + SPARED;
                spared = true;
                return false;
            }
            spared = false;
            backend.eject(why, nanos);
            HealthLog.leftAlone(in.pool, backend, why, nanos);
            timer.in(nanos, () -> useAgain(probation));
            return true;
        }

        private void useAgain(boolean probation) {
            synchronized (in) {
                if (stopped || in.members.get(backend) != this) return;
                window.forget(requests(), failures.sum());
                // One more failure ejects it again, one success and it may fail as often as any other.
                inRow.set(probation ? Math.max(0, in.how.failures() - 1) : 0);
                HealthLog.usedAgain(in.pool, backend);
                backend.eject(false);
            }
        }

        private String text(Lease lease) {
            Lease.Fault fault = lease.fault();
            if (fault == null) return "status " + lease.status();
            String what = switch (fault) {
                case CONNECT -> "no connection";
                case RESET -> "broken off";
                case TIMEOUT -> "no answer in time";
                case BAD_ANSWER -> "bad answer";
                case REFUSED -> "refused";
            };
            return what + ": " + lease.reason();
        }
    }
}
