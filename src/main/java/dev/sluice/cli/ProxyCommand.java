package dev.sluice.cli;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sluice proxy}: from one address to one service, or several that take turns, without a file. */
@Command(
        name = "proxy",
        description = "Runs the proxy without a file: everything that comes to one address goes to one service.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        footer = {
            "",
            "Signals do what they do to sluice run, but for SIGHUP: without a file there is none to read again.",
            "Exit status: 0 nothing was cut; 1 it could not start; 2 the command line is wrong; 3 at least one exchange "
                    + "was cut.",
            "",
            "Examples:",
            "  sluice proxy --to 3000                             :8080 to http://localhost:3000",
            "  sluice proxy --from 127.0.0.1:80 --to http://10.0.0.1:3000 --to http://10.0.0.2:3000",
            "  sluice proxy --to unix:/run/app.sock"
        })
final class ProxyCommand implements Callable<Integer> {
    private static final int LARGEST_PORT = 65_535;

    @Option(
            names = "--from",
            paramLabel = "ADDRESS",
            defaultValue = ":8080",
            description = "Where to accept connections: :8080 on every interface, 127.0.0.1:8080, a port (default: "
                    + "${DEFAULT-VALUE}).")
    private String from = ":8080";

    @Option(
            names = "--to",
            paramLabel = "URL",
            required = true,
            description =
                    "Where requests go: http://localhost:3000, https://..., h2c://..., unix:/run/app.sock, or a port "
                            + "of this machine. Given more than once, they take turns.")
    private List<String> to = List.of();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        SluiceConfig config = config();
        return new RunArguments(null, List.of(), false, false)
                .serve(
                        LoadedConfig.of(config),
                        "command line",
                        null,
                        spec.commandLine().getErr(),
                        started -> {});
    }

    private SluiceConfig config() {
        SluiceConfig defaults = SluiceConfig.defaults();
        ListenerConfig listener = checked("--from", () -> ListenerConfig.parse("http", address(from), null));
        List<BackendConfig> backends = to.stream()
                .map(url -> checked("--to", () -> BackendConfig.parse(url(url))))
                .toList();
        return new SluiceConfig(
                List.of(listener),
                defaults.drain(),
                List.of(RouteConfig.of(null, backends)),
                defaults.upstream(),
                defaults.server(),
                defaults.trustedProxies());
    }

    private <T> T checked(String option, Supplier<T> parsed) {
        try {
            return parsed.get();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), option + ": " + e.getMessage(), e);
        }
    }

    private static String address(String text) {
        return isPort(text) ? ":" + text : text;
    }

    /** Without a scheme it is http, and a number alone is a port of this machine. */
    private static String url(String text) {
        if (isPort(text)) return "http://localhost:" + text;
        return text.contains("://") || text.startsWith("unix:") ? text : "http://" + text;
    }

    private static boolean isPort(String text) {
        return text.matches("\\d{1,5}") && Integer.parseInt(text) <= LARGEST_PORT;
    }
}
