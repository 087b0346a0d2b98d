package dev.sluice.cli;

import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigReader;
import dev.sluice.config.LoadedConfig;
import dev.sluice.runtime.FileWatch;
import dev.sluice.runtime.ReloadException;
import dev.sluice.runtime.Sluice;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a proxy that runs read its file again: on SIGHUP, where that is wanted when a file has changed, and by an admin call.
 * A supervisor is told of the first two.
 */
final class Reloads {
    private static final Logger log = LoggerFactory.getLogger("reload");

    /** Files of a directory that are looked at because they may come to be included; more are not watched. */
    private static final int MOST_OF_DIRECTORY = 1_000;

    private final Path file;
    private final AtomicBoolean waits = new AtomicBoolean();
    /** Of what was read last, for better or worse. */
    private volatile LookedAt last;

    /**
     * What another reading depends on.
     *
     * @param directories in which files may come to be included
     */
    private record LookedAt(Set<Path> files, Set<Path> directories) {}

    /**
     * @param file that was read at the start
     * @param first what was read
     */
    Reloads(Path file, LoadedConfig first) {
        this.file = file;
        last = new LookedAt(first.files(), first.directories());
    }

    /** From now on it can be reloaded. To be called when it has started. */
    void accept(Sluice sluice, Supervised supervised, boolean watch) {
        sluice.readFrom(this::read);
        Signals.onHangup(() -> reload(sluice, supervised, "SIGHUP"));
        if (watch) new FileWatch(this::files, () -> reload(sluice, supervised, "a file has changed")).start();
    }

    private LoadedConfig read() throws ConfigException {
        try {
            LoadedConfig read = ConfigReader.load(file, System.getenv());
            last = new LookedAt(read.files(), read.directories());
            return read;
        } catch (ConfigException e) {
            // Whoever mends what is wrong need not touch anything else.
            last = new LookedAt(e.files(), e.directories());
            throw e;
        }
    }

    /** Those that take part in what was read last, and those that may. */
    private Set<Path> files() {
        Set<Path> files = new LinkedHashSet<>(last.files());
        files.add(file.toAbsolutePath());
        for (Path directory : last.directories()) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
                int count = 0;
                for (Path entry : entries) if (count++ < MOST_OF_DIRECTORY) files.add(entry);
            } catch (IOException e) {
                log.debug("{}: cannot be looked into", directory, e);
            }
        }
        return files;
    }

    /** What came of it, the log says. */
    private void reload(Sluice sluice, Supervised supervised, String trigger) {
        // Each signal has a thread of its own. Whoever waits for its turn will read what all of them mean.
        if (!waits.compareAndSet(false, true)) return;
        synchronized (this) {
            waits.set(false);
            reloadNow(sluice, supervised, trigger);
        }
    }

    private static void reloadNow(Sluice sluice, Supervised supervised, String trigger) {
        supervised.reloading();
        try {
            sluice.reload(trigger);
        } catch (ReloadException e) {
            log.debug("refused", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            supervised.reloaded(sluice);
        }
    }
}
