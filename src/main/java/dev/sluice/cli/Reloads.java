package dev.sluice.cli;

import dev.sluice.config.ConfigError;
import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigReader;
import dev.sluice.config.DrainConfig;
import dev.sluice.config.Inputs;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.runtime.ConfigSource;
import dev.sluice.runtime.FileWatch;
import dev.sluice.runtime.ReloadException;
import dev.sluice.runtime.Sluice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a proxy that runs read its file again: on SIGHUP, where that is wanted when a file has changed, and by an admin call.
 * A supervisor is told of the first two.
 */
final class Reloads {
    private static final Logger log = LoggerFactory.getLogger("reload");

    private final Path file;
    private final AtomicBoolean waits = new AtomicBoolean();
    /** Of what was read last, for better or worse. */
    private volatile Inputs last;

    private DrainConfig drain; // guarded by whoever has its turn to reload

    /**
     * @param file that was read at the start
     * @param first what was read
     */
    Reloads(Path file, LoadedConfig first) {
        this.file = file;
        last = first.inputs();
        drain = first.config().drain();
    }

    /** From now on it can be reloaded. To be called when it has started. */
    void accept(Sluice sluice, Supervised supervised, boolean watch) {
        readFor(sluice, supervised);
        Signals.onHangup(() -> reload(sluice, supervised, "SIGHUP"));
        if (watch) watch(sluice, supervised, FileWatch.USUAL);
    }

    void readFor(Sluice sluice, Supervised supervised) {
        sluice.readFrom(new ConfigSource() {
            @Override
            public LoadedConfig read() throws ConfigException {
                return readAgain();
            }

            @Override
            public LoadedConfig preview() throws ConfigException {
                // What is only shown is still to be put into effect by whoever watches.
                return load();
            }

            @Override
            public void inEffect(SluiceConfig config) {
                if (!config.drain().equals(drain)) supervised.drains(config.drain());
                drain = config.drain();
            }
        });
    }

    /** @param pause between two looks */
    Thread watch(Sluice sluice, Supervised supervised, Duration pause) {
        return new FileWatch(() -> last, () -> reload(sluice, supervised, "a file has changed"), pause).start();
    }

    /** The first reading may be of a pipe; another one would wait for whoever writes to it, for ever. */
    private LoadedConfig load() throws ConfigException {
        if (Files.exists(file) && !Files.isRegularFile(file))
            throw new ConfigException(List.of(
                    new ConfigError(file.toString(), 0, 0, "", "is not a file any more (expected a YAML file)")));
        return ConfigReader.load(file, System.getenv());
    }

    private LoadedConfig readAgain() throws ConfigException {
        try {
            LoadedConfig read = load();
            last = read.inputs();
            return read;
        } catch (ConfigException e) {
            // Whoever mends what is wrong need not touch anything else.
            if (!e.inputs().files().isEmpty()) last = e.inputs();
            throw e;
        }
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
        String refusal = "it has failed";
        try {
            sluice.reload(trigger);
            refusal = null;
        } catch (ReloadException e) {
            log.debug("refused", e);
            refusal = String.valueOf(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            refusal = "interrupted";
        } finally {
            supervised.reloaded(sluice, refusal);
        }
    }
}
