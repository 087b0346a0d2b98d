package dev.sluice.cli;

import dev.sluice.config.DrainConfig;
import dev.sluice.runtime.Sluice;
import java.time.Duration;
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
        supervisor.ready("serving on " + String.join(", ", sluice.listenerNames()));
        StopLimit.check(drain, limit, environment);
    }

    /** The configuration is read again. */
    void reloading() {
        supervisor.reloading();
    }

    /** It has been, whatever came of it. */
    void reloaded(Sluice sluice) {
        supervisor.ready("serving on " + String.join(", ", sluice.listenerNames()));
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
