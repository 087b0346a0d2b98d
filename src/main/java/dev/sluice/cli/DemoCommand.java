package dev.sluice.cli;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.runtime.Sluice;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sluice demo}: two small backends and the proxy in front of them, in one process. */
@Command(
        name = "demo",
        description = "Runs two small backends and the proxy in front of them, and prints what to try.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        footer = {
            "",
            "Exit status: 0 nothing was cut; 1 it could not start; 2 the command line is wrong; 3 something was cut.",
            "",
            "Examples:",
            "  sluice demo",
            "  sluice demo --http-port 0 --https-port 0 --api-port 0 --web-port 0"
        })
final class DemoCommand implements Callable<Integer> {
    @Option(
            names = "--http-port",
            paramLabel = "N",
            defaultValue = "8080",
            description = "The proxy's plain listener (default: ${DEFAULT-VALUE}; 0: any free one).")
    private int httpPort;

    @Option(
            names = "--https-port",
            paramLabel = "N",
            defaultValue = "8443",
            description = "The proxy's TLS listener (default: ${DEFAULT-VALUE}; 0: any free one).")
    private int httpsPort;

    @Option(
            names = "--api-port",
            paramLabel = "N",
            defaultValue = "8000",
            description = "The backend of /api and /api/* (default: ${DEFAULT-VALUE}; 0: any free one).")
    private int apiPort;

    @Option(
            names = "--web-port",
            paramLabel = "N",
            defaultValue = "8001",
            description = "The backend of everything else (default: ${DEFAULT-VALUE}; 0: any free one).")
    private int webPort;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        checkPort("--http-port", httpPort);
        checkPort("--https-port", httpsPort);
        checkPort("--api-port", apiPort);
        checkPort("--web-port", webPort);
        try (DemoBackend api = backend("api", "/api", apiPort, "--api-port");
                DemoBackend web = backend("web", "", webPort, "--web-port")) {
            if (api == null || web == null) return ExitStatus.FAILED;
            SluiceConfig config = config(httpPort, httpsPort, api.port(), web.port());
            Announcement announcement = new Announcement(config, "demo", List.of());
            return new Foreground(spec.commandLine().getErr()).run(() -> Sluice.of(config, List.of()), sluice -> {
                announcement.log(sluice);
                sayWhatToTry(sluice.port("http"), sluice.port("https"));
            });
        }
    }

    private void checkPort(String option, int port) {
        if (port >= 0 && port <= 65_535) return;
        throw new ParameterException(spec.commandLine(), option + ": " + port + " (expected: a port, 0 to 65535)");
    }

    /** Null, after saying why, when it could not be started. */
    private @Nullable DemoBackend backend(String name, String prefix, int port, String option) {
        try {
            return DemoBackend.start(name, prefix, port);
        } catch (IOException e) {
            String message = String.valueOf(e.getMessage());
            String holder = Sluice.holderOf(port).map(h -> ", held by " + h).orElse("");
            String what = message.contains("in use")
                    ? "port " + port + " is taken" + holder
                    : "port " + port + ": " + message;
            spec.commandLine().getErr().println(what + " (expected a free one; choose with " + option + ")");
            return null;
        }
    }

    /** The built-in default with other ports, and with backends by address so that no name has to be resolved. */
    static SluiceConfig config(int http, int https, int api, int web) {
        SluiceConfig defaults = SluiceConfig.defaults();
        List<ListenerConfig> listeners = defaults.listeners().stream()
                .map(listener -> new ListenerConfig(
                        listener.name(), listener.host(), listener.tls() == null ? http : https, listener.tls()))
                .toList();
        List<RouteConfig> routes = defaults.routes().stream()
                .map(route ->
                        new RouteConfig(route.name(), route.path(), List.of(at(route.path() == null ? web : api))))
                .toList();
        return new SluiceConfig(
                listeners, defaults.drain(), routes, defaults.upstream(), defaults.server(), defaults.trustedProxies());
    }

    private static BackendConfig at(int port) {
        return new BackendConfig("http", "127.0.0.1", port, "", null);
    }

    private void sayWhatToTry(int http, int https) {
        String plain = "http://localhost:" + http;
        PrintWriter out = spec.commandLine().getOut();
        out.printf("""

                Try, in another terminal:
                  curl %1$s/                                  # "web" answers
                  curl %1$s/api/hello                         # "api" answers
                  curl -H 'Accept: application/json' '%1$s/api?x=1'
                  curl -k https://localhost:%2$d/                  # TLS, HTTP/2; -k: the certificate was made at start
                  curl -N '%1$s/api/stream?count=10&interval=500ms'
                  curl -o /dev/null '%1$s/download?size=100MB'
                  head -c 50000000 /dev/zero | curl -T - %1$s/upload
                  curl '%1$s/slow?seconds=5'                  # press Ctrl+C here meanwhile: it is still answered

                Press Ctrl+C while a slow one runs to watch the drain: it is finished, then all stops.
                With /slow?seconds=30 the deadline of 10 s comes first and cuts it. Ctrl+C twice cuts at once.

                """, plain, https);
        out.flush();
    }
}
