package dev.sluice.cli;

import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigReader;
import dev.sluice.config.SluiceConfig;
import dev.sluice.runtime.FileWatch;
import dev.sluice.runtime.ReloadException;
import dev.sluice.runtime.Sluice;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a proxy that runs read its file again: on SIGHUP, where that is wanted when a file has changed, and by an admin call.
 * A supervisor is told of each.
 */
final class Reloads {
    private static final Logger log = LoggerFactory.getLogger("reload");

    private final Path file;
    private final Supervised supervised;
    private final AtomicReference<Set<Path>> involved;

    /** @param file that was read at the start */
    Reloads(Path file, Supervised supervised) {
        this.file = file;
        this.supervised = supervised;
        involved = new AtomicReference<>(Set.of(file));
    }

    /** From now on it can be reloaded. To be called when it has started. */
    void accept(Sluice sluice, boolean watch) {
        sluice.readFrom(this::read);
        Signals.onHangup(() -> reload(sluice, "SIGHUP"));
        if (watch) new FileWatch(files(), () -> reload(sluice, "a file has changed")).start();
    }

    private SluiceConfig read() throws ConfigException {
        return ConfigReader.read(file, System.getenv());
    }

    /** Those that take part in what was read last. */
    private Supplier<Set<Path>> files() {
        return involved::get;
    }

    /** What came of it, the log says. */
    private void reload(Sluice sluice, String trigger) {
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
