package dev.sluice.cli;

import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigPrinter;
import dev.sluice.config.ConfigReader;
import dev.sluice.config.LoadedConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice config}: a configuration with everything that holds. */
@Command(
        name = "config",
        description =
                "Prints a configuration as one file in which everything that holds is written out, defaults included.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Passwords and the like are printed as the placeholders that they came by.",
            "Exit status: 0 it was printed; 2 the command line or the configuration is wrong.",
            "",
            "Examples:",
            "  sluice config                       what ./sluice.yaml, or the built-in default, comes to",
            "  sluice config --json | jq .routes",
            "  diff <(sluice config --config old.yaml) <(sluice config --config new.yaml)"
        })
final class ConfigCommand implements Callable<Integer> {
    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "YAML file; left out: ./sluice.yaml when it is there, else the built-in default.")
    private @Nullable Path config;

    @Option(names = "--json", description = "As JSON, which can be read as a configuration, too.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        Path file = RunArguments.fileToRead(config);
        LoadedConfig loaded;
        try {
            loaded = file == null ? LoadedConfig.builtIn() : ConfigReader.load(file, System.getenv());
        } catch (ConfigException e) {
            err.println(e.getMessage());
            return ExitStatus.USAGE;
        }
        ConfigPrinter.Printed printed = json ? ConfigPrinter.json(loaded) : ConfigPrinter.yaml(loaded);
        PrintWriter out = spec.commandLine().getOut();
        out.print(printed.text());
        out.flush();
        if (json && printed.redacted() > 0)
            err.println(
                    "cannot be read again as it is: *** stands for what may be a secret and is written out in the file");
        return ExitStatus.CLEAN;
    }
}
