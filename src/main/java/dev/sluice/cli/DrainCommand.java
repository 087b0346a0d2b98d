package dev.sluice.cli;

import dev.sluice.config.AdminConfig;
import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigReader;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.SluiceConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
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
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long BETWEEN_MILLIS = 250;
    private static final Path USUAL_FILE = Path.of("sluice.yaml");

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "YAML file whose section admin says where to ask (default: ./sluice.yaml).")
    private @Nullable Path config;

    @Option(names = "--admin", paramLabel = "ADDRESS", description = "Where to ask instead, such as 127.0.0.1:9901.")
    private @Nullable String address;

    @ArgGroup
    private @Nullable What what;

    @Option(names = "--json", description = "Print the answer as JSON.")
    private boolean json;

    @Option(
            names = "--wait",
            description = "After the stop has begun, say how it goes until the process answers no more.")
    private boolean wait;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    private @Nullable HttpClient client;

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
        String place = place();
        if (place == null) return ExitStatus.USAGE;
        try {
            return ask(place);
        } catch (IOException e) {
            String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            err().println("nobody answers at " + place + ": " + why
                    + " (expected: a Sluice that runs with admin there)");
            return ExitStatus.FAILED;
        }
    }

    private int ask(String place) throws IOException, InterruptedException {
        What asked = what == null ? new What() : what;
        if (asked.plan) return print(send(place, "GET", "/drain/plan"));
        if (asked.status) return print(send(place, "GET", "/drain"));
        if (asked.announce) return print(send(place, "POST", "/drain/announce"));
        if (asked.cancel) return print(send(place, "DELETE", "/drain/announce"));
        if (asked.cut) return print(send(place, "POST", "/drain/cut"));
        int status = print(send(place, "POST", "/drain"));
        if (status == ExitStatus.CLEAN && wait) follow(place);
        return status;
    }

    private int print(HttpResponse<String> answer) {
        boolean done = answer.statusCode() < 300;
        PrintWriter to = done ? spec.commandLine().getOut() : err();
        to.print(answer.body());
        to.flush();
        return done ? ExitStatus.CLEAN : ExitStatus.FAILED;
    }

    /** Until it answers no more, which is when it has ended. */
    private void follow(String place) throws InterruptedException {
        Executor later = CompletableFuture.delayedExecutor(BETWEEN_MILLIS, TimeUnit.MILLISECONDS);
        String last = "";
        try {
            while (true) {
                HttpResponse<String> answer = send(place, "GET", "/drain");
                if (!answer.body().equals(last)) print(answer);
                last = answer.body();
                CompletableFuture.runAsync(() -> {}, later).join();
            }
        } catch (HttpTimeoutException e) {
            err().println("no answer any more within " + PATIENCE.toSeconds()
                    + " s (expected: one, or a closed address)");
        } catch (IOException ended) {
            spec.commandLine().getOut().println("stopped");
        }
    }

    private HttpResponse<String> send(String place, String method, String path)
            throws IOException, InterruptedException {
        if (client == null)
            client = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(PATIENCE)
                    .build();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + place + path))
                .method(method, BodyPublishers.noBody())
                .header("Accept", json ? "application/json" : "text/plain")
                .timeout(PATIENCE)
                .build();
        return client.send(request, BodyHandlers.ofString());
    }

    /** Host and port; null when that has been complained about. */
    private @Nullable String place() {
        try {
            String given = address;
            if (given != null) return host(ListenerConfig.parse("admin", given, null));
            Path file = config != null ? config : USUAL_FILE;
            if (config == null && !Files.exists(file)) {
                err().println("no sluice.yaml here (expected: --config FILE or --admin ADDRESS)");
                return null;
            }
            SluiceConfig read = ConfigReader.read(file, System.getenv());
            AdminConfig admin = read.admin();
            if (admin != null) return host(admin.control());
            err().println(file + ": no section admin (expected: admin: {}, or --admin ADDRESS)");
        } catch (ConfigException e) {
            err().println(e.getMessage());
        } catch (IllegalArgumentException e) {
            err().println("--admin: " + e.getMessage());
        }
        return null;
    }

    private static String host(ListenerConfig where) {
        return where.host() == null ? "localhost" + where.address() : where.address();
    }

    private PrintWriter err() {
        return spec.commandLine().getErr();
    }
}
