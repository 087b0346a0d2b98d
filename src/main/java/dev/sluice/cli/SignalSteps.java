package dev.sluice.cli;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What each signal does: the first drains, the second cuts, any further one halts. It does not matter which of the
 * signals they are. Each may come on its own thread, at the same time as another.
 */
final class SignalSteps {
    private static final Logger log = LoggerFactory.getLogger(SignalSteps.class);

    private final AtomicInteger count = new AtomicInteger();
    private volatile String last = "";
    private final Consumer<String> drain;
    private final Consumer<SignalSteps> cut;
    private final Runnable halt;

    /**
     * @param drain begins the drain and returns at once; is told the name of the signal
     * @param cut cuts what the drain still waits for; is told of whom this is, which it may take {@link #back}
     * @param halt ends the process on the spot, for when even cutting hangs
     */
    SignalSteps(Consumer<String> drain, Consumer<SignalSteps> cut, Runnable halt) {
        this.drain = drain;
        this.cut = cut;
        this.halt = halt;
    }

    /** The stop was called off: the next signal is the first one again, and so is one that came meanwhile. */
    void reset() {
        if (count.getAndSet(0) > 1) next(last);
    }

    /** The second signal was no order to cut: the next one is the second again. */
    void back() {
        count.decrementAndGet();
    }

    /** @param signal its name, for the log: {@code SIGTERM} */
    void next(String signal) {
        last = signal;
        switch (count.incrementAndGet()) {
            case 1 -> {
                log.info("{}: stopping; another signal cuts what is left", signal);
                drain.accept(signal);
            }
            case 2 -> {
                log.warn("{}: cutting what is left", signal);
                cut.accept(this);
            }
            default -> halt.run();
        }
    }
}
