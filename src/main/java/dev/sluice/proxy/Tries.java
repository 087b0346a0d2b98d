package dev.sluice.proxy;

import dev.sluice.config.RetryConfig;
import dev.sluice.proxy.ProxyFailure.Kind;
import dev.sluice.proxy.ProxyFailure.Sent;
import dev.sluice.upstream.Lease;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.Trial;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.util.NanoTime;
import org.jspecify.annotations.Nullable;

/**
 * The backends that one exchange is sent to, one after the other: which is next, whether there may be a next, and the wait
 * for one that has room. To be used by one thread at a time, but for {@link #giveUp}.
 */
final class Tries {
    private final Exchange exchange;
    private final ReverseProxy proxy;
    private final Pool pool;
    private final Trial trial;
    private final RetryConfig rules;
    private final String method;
    private final long began = NanoTime.now();
    private final AtomicReference<@Nullable Object> waiting = new AtomicReference<>();
    private volatile @Nullable Runnable leave;
    private int reached;
    private int refusals;
    private int unreached;

    Tries(Exchange exchange, ReverseProxy proxy, Pool pool, String method) {
        this.exchange = exchange;
        this.proxy = proxy;
        this.pool = pool;
        this.trial = pool.trial();
        this.rules = pool.config().retries();
        this.method = method;
    }

    /** Of which it can be said which backend the exchange belongs to, as long as nothing has been tried. */
    Trial trial() {
        return trial;
    }

    /** Begins the first one. */
    void first() {
        Lease lease = trial.next();
        if (lease != null) exchange.attempt(new Attempt(exchange, lease, false));
        else if (trial.isFull()) awaitRoom();
        else exchange.untried(new ProxyFailure(Kind.NO_BACKEND, Sent.NOTHING, "no backend in use", null));
    }

    /**
     * Begins another one, where there may be one.
     *
     * @param rewindable whether the body can be sent again; once it has said so, the attempt that ended reads no more of it
     * @return whether there is one, or will be
     */
    boolean after(Attempt ended, ProxyFailure why, BooleanSupplier rewindable) {
        if (why.kind() == Kind.REFUSED) refusals++;
        if (why.sent() != Sent.NOTHING || why.kind() == Kind.REFUSED) reached++;
        else unreached++;
        return switch (RetryRules.after(why, known(ended, rewindable), rules)) {
            case GIVE_UP -> false;
            case SAME_BACKEND -> again(ended, false);
            case FRESH_CONNECTION -> {
                // The same try of the same backend goes on.
                if (why.sent() != Sent.NOTHING) reached--;
                yield again(ended, true);
            }
            case NEXT_BACKEND -> next();
            case NEXT_BACKEND_ON_BUDGET -> nextOnBudget();
        };
    }

    /** A lease on another backend than the one that gave an answer of that status; null when that answer shall do. */
    @Nullable
    Lease afterStatus(Attempt answered, int status, BooleanSupplier rewindable) {
        reached++;
        boolean another =
                RetryRules.isReason(status, rules) && RetryRules.afterStatus(known(answered, rewindable), rules);
        return another ? leaseOnBudget() : null;
    }

    /** Whether a time that ran out does not end the exchange, but at most the attempt. */
    boolean goesOnAfter(Kind timeout) {
        return RetryRules.afterTimeout(timeout, rules) && !late();
    }

    private RetryRules.Attempt known(Attempt attempt, BooleanSupplier rewindable) {
        return new RetryRules.Attempt(
                method, attempt.reused(), attempt.fresh(), refusals, reached, unreached, rewindable, late());
    }

    private boolean late() {
        return NanoTime.since(began) > rules.timeout().toNanos();
    }

    private boolean again(Attempt ended, boolean fresh) {
        exchange.attempt(new Attempt(exchange, trial.again(ended.lease()), fresh));
        return true;
    }

    private boolean next() {
        Lease lease = trial.next();
        if (lease != null) exchange.attempt(new Attempt(exchange, lease, false));
        else if (trial.isFull()) awaitRoom();
        else return false;
        return true;
    }

    private boolean nextOnBudget() {
        Lease lease = leaseOnBudget();
        if (lease != null) exchange.attempt(new Attempt(exchange, lease, false));
        else if (trial.isFull() && pool.mayRetry()) awaitRoom();
        else return false;
        return true;
    }

    /** The budget is not spent on what there is no backend for. */
    private @Nullable Lease leaseOnBudget() {
        Lease lease = trial.next();
        if (lease == null || pool.mayRetry()) return lease;
        lease.unused("the budget for second tries is spent");
        return null;
    }

    /** All that are left have as much to do as they may have. */
    private void awaitRoom() {
        Object token = new Object();
        waiting.set(token);
        exchange.waitsForRoom(pool.config().limits().queueTimeout().toNanos());
        Runnable stop = trial.await(lease -> proxy.execute(() -> served(token, lease)));
        leave = stop;
        if (stop == null) served(token, null);
        else if (waiting.get() != token) stop.run(); // Over, while it was being queued.
    }

    private void served(Object token, @Nullable Lease lease) {
        if (!waiting.compareAndSet(token, null)) {
            if (lease != null) lease.unused("nobody waits any more");
        } else if (lease == null) {
            exchange.untried(new ProxyFailure(Kind.OVERLOADED, Sent.NOTHING, "the pool's queue is full", null));
        } else {
            exchange.attempt(new Attempt(exchange, lease, false));
        }
    }

    /**
     * Waits for no backend any more.
     *
     * @return whether it did, so that nobody else will go on with the exchange
     */
    boolean giveUp() {
        Object token = waiting.getAndSet(null);
        Runnable stop = leave;
        if (token != null && stop != null) stop.run();
        return token != null;
    }
}
