package dev.sluice.upstream.discovery;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads files when something moves in their directories, which is how a file that is put in another's place shows, or a link
 * that is turned to another directory; and from time to time in any case, because not every file system tells. On a thread of
 * its own, as a file system may take its time.
 */
final class ListedFiles implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("discovery");
    private static final Duration SETTLE = Duration.ofMillis(100);

    private final List<ListedFile> files;
    private final Duration interval;
    private final Thread thread;
    private volatile @Nullable WatchService events; // opened at start: what is never started holds nothing
    private final CompletableFuture<Void> first = new CompletableFuture<>();
    private final Map<Path, WatchKey> watched = new HashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    /** @param interval at most between two readings of each file */
    ListedFiles(List<ListedFile> files, Duration interval) {
        this.files = new CopyOnWriteArrayList<>(files);
        this.interval = interval;
        thread = new Thread(this::run, "discovery-files");
        thread.setDaemon(true);
    }

    /** @return completes when each has been read once */
    CompletableFuture<Void> start() {
        if (files.isEmpty()) {
            first.complete(null);
            return first;
        }
        events = events();
        thread.start();
        return first;
    }

    /** These are not read any more. */
    void forget(Collection<ListedFile> gone) {
        files.removeAll(gone);
    }

    private void run() {
        try {
            // Watched before they are read: what changes in between is seen.
            watch();
            for (ListedFile file : files) read(file, true);
            first.complete(null);
            boolean soon = false;
            while (closed.getCount() > 0) {
                await(soon ? SETTLE : interval);
                watch();
                soon = false;
                for (ListedFile file : files) soon |= read(file, false);
            }
        } catch (InterruptedException | ClosedWatchServiceException e) {
            if (closed.getCount() > 0) LOG.error("files with backends are not watched any more", e);
        } finally {
            first.complete(null);
        }
    }

    /** A fault of one file, or of who is told of it, is not to end the watch over the others. */
    private static boolean read(ListedFile file, boolean whole) {
        try {
            return file.read(whole);
        } catch (RuntimeException e) {
            LOG.error("{}: could not be taken, and is read again later", file.file(), e);
            return false;
        }
    }

    /** Null where the system has none to give: then the interval has to do. */
    private static @Nullable WatchService events() {
        try {
            return FileSystems.getDefault().newWatchService();
        } catch (IOException | UnsupportedOperationException e) {
            LOG.warn("changes of files are not told by this system, and are looked for: {}", e.toString());
            return null;
        }
    }

    /** A directory that is not there yet, or was removed and made anew, is watched as soon as it is. */
    private void watch() {
        WatchService told = events;
        if (told == null) return;
        for (ListedFile file : files) {
            Path directory = file.file().toAbsolutePath().getParent();
            WatchKey before = directory == null ? null : watched.get(directory);
            if (directory == null || (before != null && before.isValid())) continue;
            try {
                watched.put(
                        directory,
                        directory.register(
                                told,
                                StandardWatchEventKinds.ENTRY_CREATE,
                                StandardWatchEventKinds.ENTRY_MODIFY,
                                StandardWatchEventKinds.ENTRY_DELETE));
            } catch (IOException | SecurityException e) {
                LOG.debug("{}: not watched: {}", directory, e.toString());
            }
        }
    }

    private void await(Duration most) throws InterruptedException {
        WatchService told = events;
        if (told == null) {
            boolean over = closed.await(most.toNanos(), TimeUnit.NANOSECONDS);
            LOG.trace("watched without events, closed {}", over);
            return;
        }
        WatchKey key = told.poll(most.toNanos(), TimeUnit.NANOSECONDS);
        while (key != null) {
            key.pollEvents();
            key.reset();
            key = told.poll();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        WatchService watch = events;
        if (watch == null) return;
        try {
            watch.close();
        } catch (IOException e) {
            LOG.debug("the watch does not close: {}", e.toString());
        }
    }
}
