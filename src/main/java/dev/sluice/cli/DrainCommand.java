package dev.sluice.cli;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice drain}: tells a proxy that runs to stop, or asks what that would come to. */
@Command(
        name = "drain",
        description = "Drains and stops a proxy that runs, at the address of its section admin; or asks it about that.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        footer = {
            "",
            "Exit status: 0 it was done; 1 nobody answers there, or it could not be done; 2 the command line or the "
                    + "configuration is wrong.",
            "",
            "Examples:",
            "  sluice drain --plan                 what would be finished, what would be cut, how long it would take",
            "  sluice drain --announce             not ready for load balancers any more; --cancel takes that back",
            "  sluice drain --wait                 stop, and follow it to its end"
        })
final class DrainCommand implements Callable<Integer> {
    private static final long BETWEEN_MILLIS = 250;

    @Mixin
    private final AdminAddress admin = new AdminAddress();

    @ArgGroup
    private @Nullable What what;

    @Option(
            names = "--wait",
            description = "After the stop has begun, say how it goes until the process answers no more.")
    private boolean wait;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    /** At most one of these; with none the stop begins. */
    private static final class What {
        @Option(names = "--plan", description = "Say what a drain would come to that began now.")
        private boolean plan;

        @Option(names = "--status", description = "Say how many exchanges are under way, and how far a drain has come.")
        private boolean status;

        @Option(names = "--announce", description = "Take readiness back; nothing else changes.")
        private boolean announce;

        @Option(names = "--cancel", description = "Give readiness again.")
        private boolean cancel;

        @Option(names = "--cut", description = "Cut what a drain that is under way still waits for.")
        private boolean cut;
    }

    @Override
    public Integer call() throws InterruptedException {
        return admin.ask(this::ask);
    }

    private int ask(String place) throws IOException, InterruptedException {
        What asked = what == null ? new What() : what;
        if (asked.plan) return admin.print(admin.send(place, "GET", "/drain/plan"));
        if (asked.status) return admin.print(admin.send(place, "GET", "/drain"));
        if (asked.announce) return admin.print(admin.send(place, "POST", "/drain/announce"));
        if (asked.cancel) return admin.print(admin.send(place, "DELETE", "/drain/announce"));
        if (asked.cut) return admin.print(admin.send(place, "POST", "/drain/cut"));
        int status = admin.print(admin.send(place, "POST", "/drain"));
        if (status == ExitStatus.CLEAN && wait) follow(place);
        return status;
    }

    /** Until it answers no more, which is when it has ended. */
    private void follow(String place) throws InterruptedException {
        Executor later = CompletableFuture.delayedExecutor(BETWEEN_MILLIS, TimeUnit.MILLISECONDS);
        String last = "";
        try {
            while (true) {
                HttpResponse<String> answer = admin.send(place, "GET", "/drain");
                if (!answer.body().equals(last)) admin.print(answer);
                last = answer.body();
                CompletableFuture.runAsync(() -> {}, later).join();
            }
        } catch (HttpTimeoutException e) {
            admin.err()
                    .println("no answer any more within "
                            + AdminAddress.patience().toSeconds() + " s (expected: one, or a closed address)");
        } catch (IOException ended) {
            spec.commandLine().getOut().println("stopped");
        }
    }
}
