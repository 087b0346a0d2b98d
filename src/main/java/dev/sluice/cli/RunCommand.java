package dev.sluice.cli;

import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigReader;
import dev.sluice.config.SluiceConfig;
import dev.sluice.runtime.Sluice;
import java.io.PrintWriter;
import java.nio.file.Files;
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
        description = "Runs the proxy until SIGINT or SIGTERM drains it; a second signal cuts what is left.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Exit status: 0 nothing was cut; 1 it could not start; 2 the command line or the configuration is wrong; "
                    + "3 at least one exchange was cut.",
            "SLUICE_LOG_LEVEL: TRACE, DEBUG, INFO (default), WARN, ERROR or OFF."
        })
final class RunCommand implements Callable<Integer> {
    private static final Path USUAL_FILE = Path.of("sluice.yaml");

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "YAML file; left out: ./sluice.yaml when it is there, else the built-in default.")
    private @Nullable Path config;

    @Option(
            names = "--xml",
            paramLabel = "FILE",
            description = "Jetty XML that tunes connectors, thread pool and TLS; may be given more than once.")
    private List<Path> xml = List.of();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        Path file = config != null ? config : Files.exists(USUAL_FILE) ? USUAL_FILE : null;
        SluiceConfig read;
        try {
            read = file == null ? SluiceConfig.defaults() : ConfigReader.read(file, System.getenv());
        } catch (ConfigException e) {
            err.println(e.getMessage());
            return ExitStatus.USAGE;
        }
        if (!xmlIsReadable(err)) return ExitStatus.USAGE;
        Announcement announcement = new Announcement(read, file == null ? "built-in default" : file.toString(), xml);
        return new Foreground(err).run(() -> Sluice.of(read, xml), announcement::log);
    }

    private boolean xmlIsReadable(PrintWriter err) {
        List<Path> unreadable = xml.stream()
                .filter(path -> !Files.isRegularFile(path) || !Files.isReadable(path))
                .toList();
        unreadable.forEach(path -> err.println("--xml: " + path + " (expected: a Jetty XML file that can be read)"));
        return unreadable.isEmpty();
    }
}
