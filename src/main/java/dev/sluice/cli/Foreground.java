package dev.sluice.cli;

import dev.sluice.runtime.Sluice;
import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one {@link Sluice} until a signal, or something else, ends it.
 *
 * <p>The thread that calls {@link #run} does the drain and hands back the exit status, so that it is ours and not the
 * 130 or 143 that the JVM would give: signal handlers only open a latch.
 */
final class Foreground {
    private static final Logger log = LoggerFactory.getLogger(Foreground.class);

    private final Sluice sluice;
    private final PrintWriter err;
    private final CountDownLatch ending = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    Foreground(Sluice sluice, PrintWriter err) {
        this.sluice = sluice;
        this.err = err;
    }

    /**
     * Starts, waits, drains; blocks for as long as all that takes.
     *
     * @param whenStarted called once, on this thread, after all listeners are open
     * @return an {@link ExitStatus}
     */
    int run(Consumer<Sluice> whenStarted) throws InterruptedException {
        // Before the start, so that a signal that comes while it starts is a drain too, right after it has started.
        Signals.install(new SignalSteps(
                ending::countDown, sluice::cut, () -> Runtime.getRuntime().halt(ExitStatus.CUT)));
        drainAtShutdown();
        try {
            if (!start()) return ExitStatus.FAILED;
            whenStarted.accept(sluice);
            endWithTheServer();
            ending.await();
            return sluice.stop() ? ExitStatus.CLEAN : ExitStatus.CUT;
        } finally {
            ended.countDown();
        }
    }

    private boolean start() throws InterruptedException {
        try {
            sluice.start();
            return true;
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            // A port that is taken, a certificate that cannot be read: expected, so the message has to be enough.
            String message = e.getMessage() != null ? e.getMessage() : e.toString();
            log.error("cannot start: {}", message);
            log.debug("cannot start", e);
            err.println(message);
            return false;
        }
    }

    /** The server may be stopped by other means than a signal; then this process has nothing left to do. */
    private void endWithTheServer() {
        Thread watch = new Thread(
                () -> {
                    try {
                        sluice.join();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    ending.countDown();
                },
                "sluice-join");
        watch.setDaemon(true);
        watch.start();
    }

    /**
     * For whatever shuts the JVM down without a handler of ours: SIGHUP, or the signals of {@link Signals} where it
     * could not be installed. The exit status is then the JVM's. After an end of our own there is nothing to wait for.
     */
    private void drainAtShutdown() {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            ending.countDown();
                            try {
                                ended.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                            OperatorLog.close();
                        },
                        "sluice-shutdown"));
    }
}
