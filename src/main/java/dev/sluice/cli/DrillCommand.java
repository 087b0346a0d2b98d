package dev.sluice.cli;

import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigReader;
import dev.sluice.config.SluiceConfig;
import dev.sluice.drill.Drill;
import dev.sluice.drill.DrillException;
import dev.sluice.drill.DrillPlan;
import dev.sluice.drill.DrillResult;
import dev.sluice.drill.JsonReport;
import dev.sluice.drill.TextReport;
import dev.sluice.drill.TimelineReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice drill}: rehearses a stop, a restart or reloads on the user's own configuration. */
@Command(
        name = "drill",
        description =
                "Rehearses a stop, a restart, or reloads: runs a configuration on free ports of 127.0.0.1, with clients of all kinds and "
                        + "stand-ins for its backends, ends it while they are at work, and says what that cost.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Exit status: 0 nothing was lost; 1 it could not start, or nothing was answered; 2 the command line or the "
                    + "configuration is wrong; 3 at least one request was lost.",
            "SLUICE_LOG_LEVEL: shows the proxy's log too; left out: errors alone. NO_COLOR: no colours.",
            "",
            "Examples:",
            "  sluice drill                        what would a stop of ./sluice.yaml lose?",
            "  sluice drill --what restart"
        })
final class DrillCommand implements Callable<Integer> {
    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "YAML file; left out: ./sluice.yaml when it is there, else the built-in default.")
    private @Nullable Path config;

    @Option(
            names = "--what",
            paramLabel = "WHAT",
            defaultValue = "stop",
            description = "What is rehearsed: stop (default); restart: another one takes the ports over, as with run "
                    + "--takeover; or reload: it gets one configuration after the other.")
    private String what = "stop";

    @Option(
            names = "--backends",
            paramLabel = "WHICH",
            defaultValue = "stand-in",
            description = "stand-in (default), or real: those of the configuration, which then get GETs alone.")
    private String backends = "stand-in";

    @Option(
            names = "--path",
            paramLabel = "PATH",
            description = "What is asked for; may be given more than once. Left out: a path below that of each route.")
    private List<String> paths = List.of();

    @Option(
            names = "--clients",
            paramLabel = "N",
            defaultValue = "2",
            description = "Clients of each kind on each listener, 1 to 64; default 2.")
    private int clients;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "3",
            description = "How long they are at work before the stop, 0.1 to 600; default 3.")
    private double seconds;

    @Option(
            names = "--stuck",
            paramLabel = "N",
            defaultValue = "0",
            description = "Requests that are never answered, to see how a cut is told, 0 to 64; default 0.")
    private int stuck;

    @Option(names = "--report", paramLabel = "FILE", description = "Writes a picture of it all, one page of HTML.")
    private @Nullable Path report;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes what it came to as JSON.")
    private @Nullable Path json;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        DrillPlan plan;
        try {
            plan = plan();
        } catch (ConfigException | IllegalArgumentException e) {
            err.println(e.getMessage());
            return ExitStatus.USAGE;
        }
        Terminal terminal = Terminal.ofProcess();
        DrillResult result;
        try (ProgressLine progress = new ProgressLine(err, terminal.renews(), plan.load())) {
            result = new Drill(plan, progress).run();
        } catch (DrillException e) {
            err.println(e.getMessage());
            return ExitStatus.FAILED;
        }
        PrintWriter out = spec.commandLine().getOut();
        out.print(TextReport.of(result, terminal.colours()));
        out.flush();
        boolean written = write(report, () -> TimelineReport.of(result)) & write(json, () -> JsonReport.of(result));
        if (!written || !result.isMeaningful()) return ExitStatus.FAILED;
        return result.tally().lost() == 0 ? ExitStatus.CLEAN : ExitStatus.CUT;
    }

    private DrillPlan plan() throws ConfigException {
        if (!List.of("stop", "restart", "reload").contains(what))
            throw new IllegalArgumentException("--what: " + what + " (expected: stop, restart or reload)");
        if (!List.of("stand-in", "real").contains(backends))
            throw new IllegalArgumentException("--backends: " + backends + " (expected: stand-in or real)");
        checkPlace("--report", report);
        checkPlace("--json", json);
        if (!(seconds >= 0.1 && seconds <= 600))
            throw new IllegalArgumentException("--seconds: " + seconds + " (expected: 0.1 to 600)");
        Path file = RunArguments.fileToRead(config);
        SluiceConfig read = file == null ? SluiceConfig.defaults() : ConfigReader.read(file, System.getenv());
        return new DrillPlan(
                DrillPlan.What.valueOf(what.toUpperCase(Locale.ROOT)),
                read,
                file == null ? "the built-in default" : file.toString(),
                backends.equals("real"),
                paths,
                clients,
                Duration.ofMillis(Math.round(seconds * 1_000)),
                stuck);
    }

    /** Before anything runs: a drill whose report cannot be written was for nothing. */
    private static void checkPlace(String option, @Nullable Path file) {
        if (file == null) return;
        Path directory = file.toAbsolutePath().getParent();
        boolean fits = directory != null
                && (Files.exists(file)
                        ? Files.isRegularFile(file) && Files.isWritable(file)
                        : Files.isDirectory(directory) && Files.isWritable(directory));
        if (!fits) throw new IllegalArgumentException(option + ": " + file + " (expected: a file that can be written)");
    }

    private interface Document {
        String text();
    }

    /** @return false when it could not be written, which then has been said */
    private boolean write(@Nullable Path file, Document document) {
        if (file == null) return true;
        try {
            Files.writeString(file, document.text());
            return true;
        } catch (IOException e) {
            spec.commandLine().getErr().println(file + ": cannot be written: " + e.getMessage());
            return false;
        }
    }
}
