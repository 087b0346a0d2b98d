package dev.sluice.cli;

import dev.sluice.config.DrainConfig;
import dev.sluice.runtime.Sluice;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * This process in the hands of a supervisor: systemd, or whatever runs a container. Without one nothing here does anything.
 *
 * @param drain how it stops
 * @param environment of this process
 * @param sockets to listen on, by descriptor
 * @param limit of a stop, where the environment says it
 * @param supervisor is told how it goes
 */
record Supervised(
        DrainConfig drain,
        Map<String, String> environment,
        Map<Integer, String> sockets,
        @Nullable Duration limit,
        Supervisor supervisor) {
    /** In characters, of why something was refused. */
    private static final int MOST_STATUS = 300;

    /** @throws IllegalArgumentException with a message for people, when the environment says something impossible */
    static Supervised of(DrainConfig drain, Map<String, String> environment) {
        return new Supervised(
                drain,
                environment,
                InheritedDescriptors.read(environment, ProcessHandle.current().pid()),
                StopLimit.read(environment),
                Supervisor.of(environment));
    }

    /** All listeners are open. */
    void started(Sluice sluice) {
        supervisor.ready(serving(sluice));
        StopLimit.check(drain, limit, environment);
    }

    /** The configuration is read again. */
    void reloading() {
        supervisor.reloading();
    }

    /**
     * It has been. That the process is ready again has to be said in any case: a supervisor waits for it.
     *
     * @param refusal why the one before goes on; null when it does not
     */
    void reloaded(Sluice sluice, @Nullable String refusal) {
        String serving = serving(sluice);
        supervisor.ready(refusal == null ? serving : "reload refused: " + line(refusal) + "; " + serving);
    }

    /** From now on it stops in another way. */
    void drains(DrainConfig now) {
        StopLimit.check(now, limit, environment);
    }

    private static String serving(Sluice sluice) {
        return "serving on " + String.join(", ", sluice.listenerNames());
    }

    /** The beginning: a second line would be another message, and the log has the whole. */
    private static String line(String text) {
        List<String> lines = text.lines().toList();
        String first = lines.isEmpty() ? "" : lines.get(0);
        String shown = first.length() > MOST_STATUS ? first.substring(0, MOST_STATUS) + "..." : first;
        return lines.size() > 1 ? shown + " (and " + (lines.size() - 1) + " more)" : shown;
    }

    /** The service is this process from now on. To be called before the other one is ended; may take some seconds. */
    void takesOver() throws InterruptedException {
        supervisor.isMain();
    }

    /** A drain is about to begin. */
    void stopping(Sluice sluice) {
        supervisor.stopping(StopLimit.needed(sluice.config().drain()), "draining");
    }
}
