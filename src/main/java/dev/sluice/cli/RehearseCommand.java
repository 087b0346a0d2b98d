package dev.sluice.cli;

import dev.sluice.drill.AnyCertificate;
import dev.sluice.runtime.Sluice;
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
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code sluice rehearse}: a whole life of the proxy in a few seconds, on 127.0.0.1 alone. It is what {@code bin/sluice
 * archive} lets the JVM watch, so that the archive holds the classes that a real start needs: a file is read, plain and
 * TLS listeners open, HTTP/1.1 and HTTP/2 clients are served by two backends, and all of it drains.
 */
@Command(
        name = "rehearse",
        description = "Runs the proxy for some requests of its own and stops; for bin/sluice archive.",
        hidden = true,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class RehearseCommand implements Callable<Integer> {
    /** Enough for every path through the code to be taken, and for the JVM to see which of them are frequent. */
    private static final int ROUNDS = 50;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    private @Nullable String failure;

    @Override
    public Integer call() throws Exception {
        PrintWriter err = spec.commandLine().getErr();
        Path directory = Files.createTempDirectory("sluice-rehearsal");
        Path file = directory.resolve("sluice.yaml");
        try (DemoBackend api = DemoBackend.start("api", "/api", 0);
                DemoBackend web = DemoBackend.start("web", "", 0)) {
            Files.writeString(file, yaml(api.port(), web.port()));
            RunArguments arguments = RunArguments.readPlain(new String[] {"run", "--config", file.toString()});
            if (arguments == null) arguments = new RunArguments(file, List.of(), false, false);
            int status = arguments.run(err, this::performAndStop);
            if (failure != null) err.println("rehearsal: " + failure);
            return failure != null ? ExitStatus.FAILED : status;
        } finally {
            Files.deleteIfExists(file);
            Files.deleteIfExists(directory);
        }
    }

    private void performAndStop(Sluice sluice) {
        try {
            perform(sluice.port("http"), sluice.port("https"));
        } catch (IOException | GeneralSecurityException e) {
            failure = e.toString();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failure = "interrupted";
        }
        sluice.stop();
    }

    private static String yaml(int api, int web) {
        return """
                listeners:
                  http:
                    address: "127.0.0.1:0"
                  https:
                    address: "127.0.0.1:0"
                    tls: {}
                drain:
                  deadline: 10s
                  linger: 100ms
                routes:
                  - path: /api
                    to: http://127.0.0.1:%d
                  - to: [ "http://127.0.0.1:%d" ]
                """.formatted(api, web);
    }

    private static void perform(int http, int https)
            throws IOException, InterruptedException, GeneralSecurityException {
        HttpClient one = client(HttpClient.Version.HTTP_1_1);
        HttpClient two = client(HttpClient.Version.HTTP_2);
        String plain = "http://127.0.0.1:" + http;
        String tls = "https://127.0.0.1:" + https;
        for (int i = 0; i < ROUNDS; i++) {
            get(one, plain + "/");
            get(one, plain + "/api/hello?x=" + i);
            get(one, tls + "/");
            get(two, tls + "/api/hello");
        }
        get(two, plain + "/");
        get(one, plain + "/download?size=1MB");
        get(two, tls + "/download?size=1MB");
        get(one, plain + "/stream?count=3&interval=10ms");
        put(one, plain + "/upload");
        put(two, tls + "/upload");
    }

    private static void get(HttpClient client, String url) throws IOException, InterruptedException {
        expectOk(client, HttpRequest.newBuilder(URI.create(url)));
    }

    private static void put(HttpClient client, String url) throws IOException, InterruptedException {
        expectOk(client, HttpRequest.newBuilder(URI.create(url)).PUT(BodyPublishers.ofByteArray(new byte[1 << 20])));
    }

    private static void expectOk(HttpClient client, HttpRequest.Builder request)
            throws IOException, InterruptedException {
        HttpRequest built = request.timeout(PATIENCE).build();
        HttpResponse<Void> answer = client.send(built, BodyHandlers.discarding());
        if (answer.statusCode() != 200)
            throw new IOException(built.uri() + ": status " + answer.statusCode() + " (expected: 200)");
    }

    private static HttpClient client(HttpClient.Version version) throws GeneralSecurityException {
        return HttpClient.newBuilder()
                .version(version)
                .sslContext(AnyCertificate.context())
                .sslParameters(new SSLParameters())
                .connectTimeout(PATIENCE)
                .build();
    }
}
