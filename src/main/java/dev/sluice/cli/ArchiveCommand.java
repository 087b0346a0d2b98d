package dev.sluice.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code sluice archive}, which {@code bin/sluice} does before there is a JVM: the archive is made by one that ends. Here so
 * that help and completion know of it.
 */
@Command(
        name = "archive",
        description = "Makes a class archive for this jar and this Java, with which starts take about half the time. "
                + "After an update of either it has to be made anew. bin/sluice does it, the jar by itself cannot.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Exit status: 0 it was made; 2 it could not be.",
            "",
            "Examples:",
            "  sluice archive                                          beside the jar",
            "  SLUICE_ARCHIVE=/var/cache/sluice.jsa sluice archive     elsewhere; starts need the variable, too"
        })
final class ArchiveCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().getErr().println("archive: the jar cannot make one itself (expected: bin/sluice archive)");
        return ExitStatus.USAGE;
    }
}
