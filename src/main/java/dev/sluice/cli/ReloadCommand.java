package dev.sluice.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sluice reload}: has a proxy that runs read its configuration again. */
@Command(
        name = "reload",
        description =
                "Has a proxy that runs read its file again, at the address of its section admin, and says what has "
                        + "changed. What is wrong with the file is said, and nothing changes.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        footer = {
            "",
            "Exit status: 0 it was done; 1 nobody answers there, or it was refused; 2 the command line or the "
                    + "configuration is wrong.",
            "",
            "Examples:",
            "  sluice reload --dry-run             what would change, and what would be drained",
            "  sluice reload                       the same as kill -HUP, with an answer"
        })
final class ReloadCommand implements Callable<Integer> {
    /** The backends of new pools are found and asked before anything changes. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Mixin
    private final AdminAddress admin = new AdminAddress();

    @Option(names = "--dry-run", description = "Say what it would come to; change nothing.")
    private boolean dryRun;

    @Override
    public Integer call() throws InterruptedException {
        return admin.ask(place -> admin.print(admin.send(place, dryRun ? "GET" : "POST", "/reload", PATIENCE)));
    }
}
