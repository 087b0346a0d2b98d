package dev.sluice.cli;

import dev.sluice.config.ConfigSchema;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sluice schema}: what editors need to complete and check the file. */
@Command(
        name = "schema",
        description =
                "Prints the JSON Schema of the configuration, by which editors complete, explain and check the file.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "What an editor finds by it is not all that a start does: sluice check says the rest.",
            "Exit status: 0.",
            "",
            "Examples:",
            "  sluice schema > sluice.schema.json",
            "  sed -i '1i # yaml-language-server: $schema=sluice.schema.json' sluice.yaml"
        })
final class SchemaCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.print(ConfigSchema.json());
        out.flush();
        return ExitStatus.CLEAN;
    }
}
