package dev.sluice.upstream.discovery;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigReader;
import dev.sluice.config.DiscoveryConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One file that lists backends. What it says counts when two readings in a row say the same, because programs write files in
 * pieces, and the first piece of a list is a list too. For one thread.
 */
final class ListedFile {
    private static final Logger LOG = LoggerFactory.getLogger("discovery");

    private final String called;
    private final DiscoveryConfig.Listed from;
    private final Consumer<List<BackendConfig>> found;
    private List<BackendConfig> last = List.of();
    private @Nullable String taken;
    private @Nullable String pending;
    private @Nullable String trouble;

    /** @param found told when the file says something else than before */
    ListedFile(String called, DiscoveryConfig.Listed from, Consumer<List<BackendConfig>> found) {
        this.called = called;
        this.from = from;
        this.found = found;
    }

    Path file() {
        return from.file();
    }

    /**
     * Reads it, once more.
     *
     * @param whole whether this reading counts by itself
     * @return whether it has to be read again soon
     */
    boolean read(boolean whole) {
        String text;
        try {
            text = ConfigReader.text(from.file());
        } catch (ConfigException e) {
            troubled(e);
            return false;
        }
        if (text.equals(taken)) {
            pending = null;
            wellAgain();
            return false;
        }
        if (!whole && !text.equals(pending)) {
            pending = text;
            return true;
        }
        pending = null;
        try {
            take(ConfigReader.backends(from, text));
            wellAgain();
            taken = text;
        } catch (ConfigException e) {
            troubled(e);
        }
        return false;
    }

    private void take(List<BackendConfig> now) {
        if (taken == null || !now.equals(last)) {
            if (now.isEmpty()) LOG.warn("{}: lists none", called);
            else LOG.info("{}: {}", called, Changes.between(last, now));
            found.accept(now);
        }
        last = now;
    }

    /** Told once, until it is another trouble, or none. */
    private void troubled(ConfigException e) {
        String message = String.valueOf(e.getMessage());
        if (message.equals(trouble)) return;
        trouble = message;
        LOG.error("{}: is not taken, and what was there stays ({} backends): {}", called, last.size(), message);
    }

    private void wellAgain() {
        if (trouble != null) LOG.info("{}: can be read again", called);
        trouble = null;
    }
}
