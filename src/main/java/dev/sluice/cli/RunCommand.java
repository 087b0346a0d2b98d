package dev.sluice.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice run}: the proxy, in the foreground, until a signal ends it. */
@Command(
        name = "run",
        description =
                "Runs the proxy until SIGINT or SIGTERM drains it; a second signal cuts what is left. SIGHUP reloads the "
                        + "file.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Exit status: 0 nothing was cut; 1 it could not start; 2 the command line or the configuration is wrong; "
                    + "3 at least one exchange was cut.",
            "SLUICE_LOG_LEVEL: TRACE, DEBUG, INFO (default), WARN, ERROR or OFF.",
            "",
            "Examples:",
            "  sluice run                          ./sluice.yaml, or the built-in default",
            "  sluice run --config sluice.yaml --takeover"
        })
final class RunCommand implements Callable<Integer> {
    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "YAML file; left out: ./sluice.yaml when it is there, else the built-in default.")
    private @Nullable Path config;

    @Option(
            names = "--xml",
            paramLabel = "FILE",
            description = "Jetty XML that tunes connectors, thread pool and TLS; may be given more than once.")
    private List<Path> xml = List.of();

    @Option(
            names = "--takeover",
            description =
                    "Takes the ports from the Sluice that has them, which drains once this one serves; nobody there: "
                            + "an ordinary start. Linux only.")
    private boolean takeover;

    @Option(
            names = "--watch",
            description = "Reloads the file by itself when it, or a file that it names, has changed.")
    private boolean watch;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        return new RunArguments(config, xml, takeover, watch)
                .run(spec.commandLine().getErr(), started -> {});
    }
}
