package dev.sluice.cli;

import dev.sluice.config.ConfigError;
import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigReader;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.runtime.Sluice;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice check}: what a start would say of a configuration, and what it would not. Opens no listener. */
@Command(
        name = "check",
        description = "Says what is wrong with a configuration, and what is odd about it, without starting anything.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Exit status: 0 it can be used; 2 it cannot; with --strict 4 when there are warnings; with --connect 5 when a "
                    + "backend cannot be reached.",
            "",
            "Examples:",
            "  sluice check                                ./sluice.yaml, or the built-in default",
            "  sluice check --config new.yaml --strict     before a deployment: warnings count, too",
            "  sluice check --connect                      also: is anybody listening where requests would go?"
        })
final class CheckCommand implements Callable<Integer> {
    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "YAML file; left out: ./sluice.yaml when it is there, else the built-in default.")
    private @Nullable Path config;

    @Option(
            names = "--connect",
            description =
                    "Also looks up and connects to every backend, all at once, for half a minute after the look-ups.")
    private boolean connect;

    @Option(names = "--strict", description = "Warnings make the exit status 4.")
    private boolean strict;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        Report report =
                new Report(spec.commandLine().getOut(), Terminal.ofProcess().colours());
        Path file = RunArguments.fileToRead(config);
        LoadedConfig loaded;
        Duration limit;
        try {
            loaded = file == null ? LoadedConfig.builtIn() : ConfigReader.load(file, System.getenv());
            limit = StopLimit.read(System.getenv());
        } catch (ConfigException e) {
            e.errors().forEach(report::error);
            return ExitStatus.USAGE;
        } catch (IllegalArgumentException e) {
            report.error(String.valueOf(e.getMessage()));
            return ExitStatus.USAGE;
        }
        boolean usable = isUsable(loaded, report);
        List<ConfigError> warnings = sources(limit).stream()
                .flatMap(source -> source.warnings(loaded).stream())
                .sorted(Comparator.comparing(ConfigError::file).thenComparingInt(ConfigError::line))
                .toList();
        warnings.forEach(report::warning);
        if (!usable) return ExitStatus.USAGE;
        boolean reached = !connect || connect(loaded);
        PrintWriter out = spec.commandLine().getOut();
        String name = file == null ? "built-in default" : file.toString();
        out.println(name + ": " + Report.summary(loaded.config(), warnings.size()));
        out.flush();
        if (!reached) return ExitStatus.UNREACHABLE;
        return strict && !warnings.isEmpty() ? ExitStatus.WARNED : ExitStatus.CLEAN;
    }

    private static boolean isUsable(LoadedConfig loaded, Report report) {
        List<ConfigError> flaws = UnusablePlaces.errors(loaded);
        flaws.forEach(report::error);
        if (!flaws.isEmpty()) return false;
        try {
            Sluice.of(loaded.config());
            return true;
        } catch (RuntimeException e) {
            // A start would end with the same words.
            report.error(String.valueOf(e.getMessage()));
            return false;
        }
    }

    /** Whoever has more to say of a configuration adds a source here. */
    private static List<WarningSource> sources(@Nullable Duration stopLimit) {
        return List.of(
                new SetupWarnings(),
                new ShadowedRoutes(),
                new CertificateWarnings(Instant.now()),
                new StopLimitWarning(stopLimit));
    }

    private boolean connect(LoadedConfig loaded) throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        List<BackendReach.Result> results =
                new BackendReach(loaded.config().upstream().connectTimeout()).tryAll(loaded.config());
        for (BackendReach.Result one : results) {
            String outcome = one.reached() ? "ok    " : "failed";
            out.println(outcome + " " + one.pool() + " " + one.backend() + " (" + one.detail() + ")");
        }
        out.flush();
        return results.stream().allMatch(BackendReach.Result::reached);
    }

    /** Findings, as compilers print them. They are what was asked for, and so go to standard output, errors included. */
    private record Report(PrintWriter out, boolean colours) {
        private static final String RED = "\u001b[31m";
        private static final String YELLOW = "\u001b[33m";
        private static final String PLAIN = "\u001b[0m";

        void error(ConfigError error) {
            print(error, "error", RED);
        }

        void error(String message) {
            out.println(label("error", RED) + " " + message);
        }

        void warning(ConfigError warning) {
            print(warning, "warning", YELLOW);
        }

        private void print(ConfigError finding, String label, String colour) {
            String place = finding.line() == 0
                    ? finding.file()
                    : finding.file() + ":" + finding.line() + ":" + finding.column();
            String path = finding.path().isEmpty() ? "" : finding.path() + ": ";
            out.println(place + ": " + label(label, colour) + " " + path + finding.message());
        }

        private String label(String label, String colour) {
            return colours ? colour + label + ":" + PLAIN : label + ":";
        }

        static String summary(SluiceConfig config, int warnings) {
            long pools = config.routes().stream()
                    .flatMap(route -> route.pools().stream())
                    .map(PoolConfig::name)
                    .distinct()
                    .count();
            return "can be used: " + count(config.listeners().size(), "listener") + ", "
                    + count(config.routes().size(), "route") + ", " + count(pools, "pool") + "; "
                    + (warnings == 0 ? "no warnings" : count(warnings, "warning"));
        }

        private static String count(long number, String noun) {
            return number + " " + noun + (number == 1 ? "" : "s");
        }
    }
}
