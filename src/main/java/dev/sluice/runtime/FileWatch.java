package dev.sluice.runtime;

import dev.sluice.tls.FilePrint;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks every second whether some files hold something else, by what is in them: that sees a file that was put in another's
 * place, a link that leads elsewhere and a file system that tells of nothing. When they do, and have not changed again at the
 * next look, it says so once. On a daemon thread of its own, until that is interrupted.
 */
public final class FileWatch {
    private static final Logger log = LoggerFactory.getLogger("reload");
    private static final Duration USUAL = Duration.ofSeconds(1);

    private final Supplier<Set<Path>> files;
    private final Runnable changed;
    private final Duration pause;
    private final CountDownLatch never = new CountDownLatch(1);

    /** @param files asked at each look */
    public FileWatch(Supplier<Set<Path>> files, Runnable changed) {
        this(files, changed, USUAL);
    }

    /** @param pause between two looks */
    FileWatch(Supplier<Set<Path>> files, Runnable changed, Duration pause) {
        this.files = files;
        this.changed = changed;
        this.pause = pause;
    }

    /** From what the files hold at this moment. */
    public Thread start() {
        FilePrint first = look();
        Thread thread = new Thread(() -> watch(first), "sluice-watch");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private FilePrint look() {
        return FilePrint.of(files.get().stream().sorted().toArray(Path[]::new));
    }

    private FilePrint lookAgain(FilePrint before) {
        try {
            return look();
        } catch (RuntimeException e) {
            log.debug("files cannot be looked at, until the next time", e);
            return before;
        }
    }

    private void tell() {
        try {
            changed.run();
        } catch (RuntimeException e) {
            log.error("files have changed, and that could not be taken in", e);
        }
    }

    private void watch(FilePrint first) {
        FilePrint told = first;
        FilePrint before = first;
        try {
            while (!never.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                FilePrint now = lookAgain(before);
                if (!now.equals(told) && now.equals(before)) {
                    tell();
                    // Other files may take part by now.
                    now = lookAgain(now);
                    told = now;
                }
                before = now;
            }
        } catch (InterruptedException e) {
            log.debug("files are not watched any more");
        }
    }
}
