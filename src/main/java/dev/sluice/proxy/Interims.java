package dev.sluice.proxy;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * The interim responses to one request on their way to the client (RFC 9110 §15.2): each after the one before, the final
 * one after all of them, and not more of them than a client that reads slowly can be made to wait for. Used by whoever
 * reads the backend's answer, one thread at a time.
 */
final class Interims {
    /** How many are relayed for one request. */
    private static final int AT_MOST = 64;

    private final Response out;
    private final HttpVersion version;
    private final @Nullable ContinueGate continueGate;
    private int count;
    private @Nullable CompletableFuture<?> relayed;

    /** @param continueGate null when the client does not wait for a 100 */
    Interims(Response out, HttpVersion version, @Nullable ContinueGate continueGate) {
        this.out = out;
        this.version = version;
        this.continueGate = continueGate;
    }

    void relay(int status, HttpFields headers) {
        if (++count > AT_MOST) return;
        if (status == HttpStatus.CONTINUE_100) {
            if (continueGate != null) inTurn(continueGate::relay);
        } else if (version != HttpVersion.HTTP_1_0) {
            HttpFields.Mutable passed = HttpFields.build();
            ResponseHeaders.copy(status, headers, passed);
            inTurn(() -> out.writeInterim(status, passed.asImmutable()));
        }
    }

    private void inTurn(Supplier<CompletableFuture<Void>> interim) {
        // One that cannot be sent any more is no reason to fail the exchange.
        CompletableFuture<?> before = relayed == null ? CompletableFuture.completedFuture(null) : relayed;
        relayed = before.handle((v, x) -> null).thenCompose(v -> interim.get()).exceptionally(x -> null);
    }

    /** Runs something when all have been sent. */
    void afterwards(Runnable next) {
        if (relayed == null) next.run();
        else relayed = relayed.whenComplete((v, x) -> next.run());
    }
}
