package dev.sluice.cli;

import dev.sluice.config.AdminConfig;
import dev.sluice.config.AdminReader;
import dev.sluice.config.ConfigException;
import dev.sluice.config.ListenerConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options by which commands find a proxy that runs, and calls to it. */
final class AdminAddress {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Path USUAL_FILE = Path.of("sluice.yaml");

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "YAML file whose section admin says where to ask (default: ./sluice.yaml).")
    private @Nullable Path config;

    @Option(names = "--admin", paramLabel = "ADDRESS", description = "Where to ask instead, such as 127.0.0.1:9901.")
    private @Nullable String address;

    @Option(names = "--json", description = "Print the answer as JSON.")
    private boolean json;

    @Spec(Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    private @Nullable HttpClient client;

    /** What is asked of it. */
    interface Question {
        int ask(String place) throws IOException, InterruptedException;
    }

    /** Asks, unless it is not known where; says on standard error why it could not. @return an {@link ExitStatus} */
    int ask(Question question) throws InterruptedException {
        String place = place();
        if (place == null) return ExitStatus.USAGE;
        try {
            return question.ask(place);
        } catch (IOException e) {
            String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            err().println("nobody answers at " + place + ": " + why
                    + " (expected: a Sluice that runs with admin there)");
            return ExitStatus.FAILED;
        }
    }

    /** To standard output when it was done, else to standard error. */
    int print(HttpResponse<String> answer) {
        boolean done = answer.statusCode() < 300;
        PrintWriter to = done ? spec.commandLine().getOut() : err();
        to.print(answer.body());
        to.flush();
        return done ? ExitStatus.CLEAN : ExitStatus.FAILED;
    }

    HttpResponse<String> send(String place, String method, String path) throws IOException, InterruptedException {
        return send(place, method, path, PATIENCE);
    }

    HttpResponse<String> send(String place, String method, String path, Duration patience)
            throws IOException, InterruptedException {
        if (client == null)
            client = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(PATIENCE)
                    .build();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + place + path))
                .method(method, BodyPublishers.noBody())
                .header("Accept", json ? "application/json" : "text/plain")
                .timeout(patience)
                .build();
        return client.send(request, BodyHandlers.ofString());
    }

    /** Host and port; null when that has been complained about. */
    private @Nullable String place() {
        Path file = config != null ? config : USUAL_FILE;
        try {
            String given = address;
            if (given != null) return host(ListenerConfig.parse("admin", given, null));
            if (config == null && !Files.exists(file)) {
                err().println("no sluice.yaml here (expected: --config FILE or --admin ADDRESS)");
                return null;
            }
            AdminConfig admin = AdminReader.read(file, System.getenv());
            if (admin != null) return host(admin.control());
            err().println(file + ": no section admin (expected: admin: {}, or --admin ADDRESS)");
        } catch (ConfigException e) {
            err().println(e.getMessage());
            err().println(file
                    + ": does not say where to ask (expected: a section admin that can be read, or --admin ADDRESS)");
        } catch (IllegalArgumentException e) {
            err().println("--admin: " + e.getMessage());
        }
        return null;
    }

    private static String host(ListenerConfig where) {
        return where.host() == null ? "localhost" + where.address() : where.address();
    }

    PrintWriter err() {
        return spec.commandLine().getErr();
    }

    static Duration patience() {
        return PATIENCE;
    }
}
