package dev.sluice.runtime;

import dev.sluice.config.LoadedConfig;
import dev.sluice.config.SluiceConfig;
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

    /** Lines of one refusal in the log. */
    private static final int MOST_REASONS = 20;

    /** What is different beyond that, the log only counts. */
    private static final int MOST_LINES = 100;

    private final Generations generations;
    private volatile @Nullable ConfigSource source;

    Reloading(Generations generations) {
        this.generations = generations;
    }

    void from(ConfigSource where) {
        source = where;
    }

    private ConfigSource source() throws ReloadException {
        ConfigSource where = source;
        if (where == null) throw new ReloadException("there is no file to read again");
        return where;
    }

    private static LoadedConfig read(Callable<LoadedConfig> how) throws ReloadException {
        try {
            return how.call();
        } catch (Exception e) {
            throw new ReloadException(e);
        }
    }

    /** @param trigger for the log */
    synchronized List<String> now(String trigger) throws ReloadException, InterruptedException {
        try {
            ConfigSource where = source();
            LoadedConfig next = read(where::read);
            List<String> changes = use(next, trigger);
            inEffect(where, next.config());
            return changes;
        } catch (ReloadException e) {
            refused(trigger, String.valueOf(e.getMessage()).split("\n"));
            throw e;
        }
    }

    /** It is in effect, whatever becomes of what follows from it. */
    private static void inEffect(ConfigSource where, SluiceConfig now) {
        try {
            where.inEffect(now);
        } catch (RuntimeException | Error e) {
            LOG.error("what follows from another configuration could not be done", e);
        }
    }

    /** All that is wrong, a line each: a file may have many mistakes. */
    private static void refused(String trigger, String[] reasons) {
        boolean one = reasons.length == 1;
        String what = one ? reasons[0] : reasons.length + " errors";
        LOG.error("reload ({}): refused, all goes on as before: {}", trigger, what);
        if (one) return;
        for (int i = 0; i < Math.min(reasons.length, MOST_REASONS); i++) LOG.error("reload: {}", reasons[i]);
        if (reasons.length > MOST_REASONS)
            LOG.error("reload: and {} more; sluice check has them all", reasons.length - MOST_REASONS);
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
        return generations.plan(read(source()::preview));
    }
}
