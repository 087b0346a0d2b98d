package dev.sluice.runtime;

import dev.sluice.config.Inputs;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.eclipse.jetty.util.NanoTime;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks every second whether what a configuration was read from is still the same, by what is in the files: that sees a file
 * that was put in another's place, a link that leads elsewhere and a file system that tells of nothing. When it is another, and
 * has not changed again at the next look, it says so once. The measure is what the last reading saw, so that a change that
 * comes during a start or a reload is not lost.
 *
 * <p>On a daemon thread of its own, until that is interrupted. Looking takes that a tenth of its time at most, up to {@link
 * #LONGEST} between two looks.
 */
public final class FileWatch {
    /** Between two looks. */
    public static final Duration USUAL = Duration.ofSeconds(1);

    private static final Logger log = LoggerFactory.getLogger("reload");
    private static final Duration LONGEST = Duration.ofSeconds(30);
    /** Looks, each of which finds something else than the one before, after which that is as good as rest. */
    private static final int MOST_RESTLESS = 10;

    private final Supplier<Inputs> lastRead;
    private final Runnable changed;
    private final Duration pause;
    private final CountDownLatch never = new CountDownLatch(1);
    private Inputs read;
    private Inputs before;
    /** Of what was told when nobody has read since. */
    private @Nullable Inputs told;

    private int restless;

    /**
     * @param lastRead asked at each look: what was read last, for better or worse. Each reading gives an object of its own
     * @param changed reads again, as a rule; may block
     * @param pause between two looks, as a rule {@link #USUAL}
     */
    public FileWatch(Supplier<Inputs> lastRead, Runnable changed, Duration pause) {
        this.lastRead = lastRead;
        this.changed = changed;
        this.pause = pause;
        read = lastRead.get();
        before = read;
    }

    /** Begins. To be called once. */
    public Thread start() {
        Thread thread = new Thread(this::watch, "sluice-watch");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void watch() {
        try {
            long rest = pause.toNanos();
            while (!never.await(rest, TimeUnit.NANOSECONDS)) {
                long since = NanoTime.now();
                boolean differs = look();
                rest = Math.max(pause.toNanos(), Math.min(9 * NanoTime.since(since), LONGEST.toNanos()));
                if (differs) tell();
            }
        } catch (InterruptedException e) {
            log.debug("files are not watched any more");
        }
    }

    /** Whether there is something to tell. */
    private boolean look() {
        Inputs last = lastRead.get();
        if (last != read) {
            // Whatever has led to this reading: it counts from what that has seen.
            read = last;
            before = last;
            told = null;
        }
        Inputs now = lookAgain();
        boolean rests = now.isSame(before);
        before = now;
        if (now.isSame(read)) told = null;
        restless = rests ? 0 : restless + 1;
        if (now.isSame(read) || !(rests || restless >= MOST_RESTLESS) || (told != null && now.isSame(told)))
            return false;
        told = now;
        restless = 0;
        return true;
    }

    private Inputs lookAgain() {
        try {
            return before.again();
        } catch (RuntimeException | Error e) {
            log.debug("files cannot be looked at, until the next time", e);
            return before;
        }
    }

    private void tell() {
        try {
            changed.run();
        } catch (RuntimeException | Error e) {
            log.error("files have changed, and that could not be taken in", e);
        }
    }
}
