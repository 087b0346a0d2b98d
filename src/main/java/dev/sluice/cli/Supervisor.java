package dev.sluice.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a supervisor how this process is, as systemd's {@code sd_notify(3)} has it, where {@code NOTIFY_SOCKET} says that
 * one wants to know. Java cannot write to such a socket, so the program {@code systemd-notify} does; the unit needs {@code
 * NotifyAccess=all} for that. When it cannot be run, or fails, the log says so once and nothing else happens.
 *
 * <p>Calls return at once and may be made by any thread. Messages go out in their order, from one thread, each within {@link
 * #PATIENCE_SECONDS}; those that would queue beyond {@link #WAITING} are dropped.
 */
final class Supervisor {
    private static final Logger log = LoggerFactory.getLogger(Supervisor.class);
    private static final String VARIABLE = "NOTIFY_SOCKET";
    private static final int PATIENCE_SECONDS = 5;
    private static final int WAITING = 16;

    private final @Nullable ThreadPoolExecutor sending;
    private final AtomicBoolean failed = new AtomicBoolean();

    private Supervisor(boolean wantsToKnow) {
        sending = wantsToKnow
                ? new ThreadPoolExecutor(
                        1,
                        1,
                        1,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(WAITING),
                        Supervisor::daemon,
                        new ThreadPoolExecutor.DiscardPolicy())
                : null;
        if (sending != null) sending.allowCoreThreadTimeOut(true);
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "sluice-supervisor");
        thread.setDaemon(true);
        return thread;
    }

    /** @param environment of this process, which the program that sends inherits */
    static Supervisor of(Map<String, String> environment) {
        return new Supervisor(!environment.getOrDefault(VARIABLE, "").isEmpty());
    }

    /** Listeners are open and serve. */
    void ready(String status) {
        send("READY=1", "STATUS=" + status);
    }

    /** A new configuration is being read; {@link #ready} says that it is in use. */
    void reloading() {
        // The clock of System.nanoTime is CLOCK_MONOTONIC on Linux, which is what is asked for here.
        send("RELOADING=1", "MONOTONIC_USEC=" + System.nanoTime() / 1_000, "STATUS=reloading");
    }

    /**
     * The drain begins.
     *
     * @param most how long it may take: the supervisor shall not end this process before
     */
    void stopping(Duration most, String status) {
        send("STOPPING=1", "EXTEND_TIMEOUT_USEC=" + most.toNanos() / 1_000, "STATUS=" + status);
    }

    /**
     * This process is the service's from now on, and not the one that it has taken over from. Blocks until that is said, or
     * cannot be: a service whose main process ends is over.
     */
    void isMain() throws InterruptedException {
        if (sending == null) return;
        Future<?> sent =
                sending.submit(() -> run("MAINPID=" + ProcessHandle.current().pid()));
        try {
            sent.get(2 * PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            log.debug("the supervisor was not told which process is the main one", e);
        }
    }

    private void send(String... assignments) {
        if (sending != null) sending.execute(() -> run(assignments));
    }

    private void run(String... assignments) {
        List<String> command = new ArrayList<>(List.of("systemd-notify"));
        command.addAll(List.of(assignments));
        String first = assignments[0];
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                fail(first, "it took more than " + PATIENCE_SECONDS + " s");
            } else if (process.exitValue() != 0) {
                fail(first, "exit status " + process.exitValue());
            }
        } catch (IOException e) {
            fail(first, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void fail(String message, String why) {
        if (!failed.compareAndSet(false, true)) return;
        log.warn(
                "the supervisor was not told {}: systemd-notify: {} (expected: it is on the PATH and {} can be written to)",
                message,
                why,
                VARIABLE);
    }
}
