package dev.sluice.drill;

import dev.sluice.runtime.HeldAddress;
import dev.sluice.runtime.Takeover;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A takeover from the proxy that runs in this process: nobody else is known to have its ports, and it may be ended. */
final class Beside implements Takeover {
    private static final long LOOK_MILLIS = 100;

    /** How long pools may lack backends, as in a takeover from another process. */
    private static final long PATIENCE_MILLIS = 10_000;

    @Override
    public boolean allows(List<HeldAddress> held) {
        if (held.isEmpty()) return true;
        throw new IllegalStateException(
                "addresses that others have: " + held + " (expected: none, on ports of our own)");
    }

    @Override
    public void awaitBackends(Supplier<List<String>> lacking) throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        long left = PATIENCE_MILLIS;
        for (List<String> pools = lacking.get(); !pools.isEmpty(); pools = lacking.get()) {
            left -= LOOK_MILLIS;
            if (left < 0)
                throw new IllegalStateException(String.join("; ", pools) + " (expected: a backend that can be used)");
            var unused = never.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }
}
