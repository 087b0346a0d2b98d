package dev.sluice.runtime;

import dev.sluice.config.LoadedConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.eclipse.jetty.util.NanoTime;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration again where it came from, puts it in the place of the one that runs, and says so in the log. Safe
 * for use by many threads, of which one after the other has its turn.
 */
final class Reloading {
    private static final Logger LOG = LoggerFactory.getLogger("reload");

    /** What is different beyond that, the log only counts. */
    private static final int MOST_LINES = 100;

    private final Generations generations;
    private volatile @Nullable Callable<LoadedConfig> source;

    Reloading(Generations generations) {
        this.generations = generations;
    }

    /** @param where reads it; what it throws says for people what is wrong with it */
    void from(Callable<LoadedConfig> where) {
        source = where;
    }

    private LoadedConfig read() throws ReloadException {
        Callable<LoadedConfig> where = source;
        if (where == null) throw new ReloadException("there is no file to read again");
        try {
            return where.call();
        } catch (Exception e) {
            throw new ReloadException(e);
        }
    }

    /** @param trigger for the log */
    synchronized List<String> now(String trigger) throws ReloadException, InterruptedException {
        try {
            return use(read(), trigger);
        } catch (ReloadException e) {
            LOG.error("reload ({}): refused, all goes on as before: {}", trigger, e.getMessage());
            throw e;
        }
    }

    /** The same with one that has been read. */
    synchronized List<String> use(LoadedConfig next, String trigger) throws ReloadException, InterruptedException {
        long start = NanoTime.now();
        List<String> changes = generations.reload(next);
        LOG.info(
                "reload ({}): {} in {} ms",
                trigger,
                changes.isEmpty()
                        ? "nothing is different"
                        : changes.size() == 1 ? "1 change" : changes.size() + " changes",
                NanoTime.millisSince(start));
        shortened(changes).forEach(line -> LOG.info("reload: {}", line));
        return changes;
    }

    /** As many lines as people read. */
    static List<String> shortened(List<String> lines) {
        if (lines.size() <= MOST_LINES) return lines;
        List<String> first = new ArrayList<>(lines.subList(0, MOST_LINES));
        first.add("... and " + (lines.size() - MOST_LINES) + " more");
        return first;
    }

    /** What it would come to; changes nothing. */
    List<String> plan() throws ReloadException {
        return generations.plan(read());
    }
}
