package dev.sluice.cli;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Takes SIGINT and SIGTERM from the JVM.
 *
 * <p>A shutdown hook cannot do this: after hooks the JVM exits with 128 + signal whatever they found out, a second
 * signal while they run is lost, and {@code System.exit} inside one waits for itself. {@code sun.misc.Signal} is what is
 * left; it lives in the module {@code jdk.unsupported}, which JEP 260 keeps open for want of a replacement.
 */
final class Signals {
    private static final Logger log = LoggerFactory.getLogger(Signals.class);

    private Signals() {}

    /**
     * Has SIGHUP do something else than to end the process.
     *
     * @param what called for each, by a thread of its own
     */
    static void onHangup(Runnable what) {
        try {
            SignalHandler before = Signal.handle(new Signal("HUP"), signal -> what.run());
            // The JVM leaves it so.
            if (before == SignalHandler.SIG_IGN)
                log.info(
                        "SIGHUP is ignored, as under nohup, and does not reload (expected: sluice reload, or --watch)");
        } catch (IllegalArgumentException e) {
            log.warn(
                    "SIGHUP cannot be handled, and does not reload: {} (expected: a JVM without -Xrs)", e.getMessage());
        }
    }

    /** Where the JVM refuses (it runs with {@code -Xrs}, or a platform has no such signal), that is logged. */
    static void install(SignalSteps steps) {
        for (String name : new String[] {"INT", "TERM"}) {
            try {
                Signal.handle(new Signal(name), signal -> steps.next("SIG" + signal.getName()));
            } catch (IllegalArgumentException e) {
                log.warn(
                        "SIG{} cannot be handled: {} (expected: a JVM without -Xrs); the exit status will not say "
                                + "whether something was cut, and with -Xrs there is no drain at all",
                        name,
                        e.getMessage());
            }
        }
    }
}
