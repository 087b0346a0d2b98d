package dev.sluice.proxy;

import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * The interim responses to one request on their way to the client (RFC 9110 §15.2): each after the one before, the final
 * one after all of them, and not more of them than a client that reads slowly can be made to wait for. Safe for use by many
 * threads; no lock is held while something is sent.
 */
final class Interims {
    /** How many are relayed for one request. */
    private static final int AT_MOST = 64;
    /** How many a backend may send: what goes on like that is no answer. */
    private static final int TAKEN_AT_MOST = 1000;
    /**
     * How long a client waits for word from a backend that may know nothing of {@code 100 Continue}. Most clients wait no
     * longer by themselves, but some wait for ever (RFC 9110 §10.1.1).
     */
    private static final long CONTINUE_MILLIS = 1000;

    private final Response out;
    private final HttpVersion version;
    private final @Nullable ContinueGate continueGate;
    private int count; // of who reads the backend's answer
    private @Nullable CompletableFuture<?> relayed; // guarded by this, as is all that follows
    private Scheduler.@Nullable Task prompt;
    private boolean continued;
    private boolean over;

    /** @param continueGate null when the client does not wait for a 100 */
    Interims(Response out, HttpVersion version, @Nullable ContinueGate continueGate) {
        this.out = out;
        this.version = version;
        // One that speaks HTTP/1.0 knows no interim answers, whatever it expects.
        this.continueGate = version == HttpVersion.HTTP_1_0 ? null : continueGate;
    }

    /** Asks the client for its body after a while, when nobody else has done so and it still waits. */
    void promptFor(ReverseProxy proxy, BooleanSupplier waits) {
        ContinueGate gate = continueGate;
        if (gate == null) return;
        Scheduler.Task task = proxy.later(
                () -> {
                    if (waits.getAsBoolean() && isFirstContinue()) inTurn(gate::relay);
                },
                CONTINUE_MILLIS);
        synchronized (this) {
            prompt = task;
        }
    }

    /** @return false when there were so many that the backend cannot mean it */
    boolean relay(int status, HttpFields headers) {
        if (++count > AT_MOST) return count <= TAKEN_AT_MOST;
        if (status == HttpStatus.CONTINUE_100) {
            if (continueGate != null && isFirstContinue()) inTurn(continueGate::relay);
        } else if (version != HttpVersion.HTTP_1_0) {
            HttpFields.Mutable passed = HttpFields.build();
            ResponseHeaders.copy(status, headers, passed);
            inTurn(() -> out.writeInterim(status, passed.asImmutable()));
        }
        return true;
    }

    private synchronized boolean isFirstContinue() {
        if (continued) return false;
        continued = true;
        return true;
    }

    private void inTurn(Supplier<CompletableFuture<Void>> interim) {
        CompletableFuture<@Nullable Void> sent = new CompletableFuture<>();
        CompletableFuture<?> before;
        synchronized (this) {
            if (over) return;
            before = relayed == null ? CompletableFuture.completedFuture(null) : relayed;
            relayed = sent;
        }
        // One that cannot be sent any more is no reason to fail the exchange.
        before.handle((v, x) -> null).thenCompose(v -> interim.get()).whenComplete((v, x) -> sent.complete(null));
    }

    /** Runs something when all have been sent, and lets none follow. */
    void afterwards(Runnable next) {
        CompletableFuture<?> last = end();
        if (last == null) next.run();
        else last.whenComplete((v, x) -> next.run());
    }

    /** Lets none follow. */
    synchronized @Nullable CompletableFuture<?> end() {
        over = true;
        if (prompt != null) prompt.cancel();
        return relayed;
    }
}
