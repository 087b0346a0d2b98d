package dev.sluice.cli;

import dev.sluice.importing.ImportException;
import dev.sluice.importing.Imported;
import dev.sluice.importing.Importer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice import}: the configuration of another proxy as one of ours. */
@Command(
        name = "import",
        description =
                "Makes YAML of what nginx, Caddy or a Jetty with ProxyServlet is configured with, and lists what it "
                        + "leaves out.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        footer = {
            "",
            "Nothing is run, and nothing but FILE and what it includes is read.",
            "Exit status: 0 all of it was carried over; 2 the command line or FILE is wrong; 4 something was not carried "
                    + "over, or means something a little different.",
            "",
            "Examples:",
            "  sluice import /etc/nginx/nginx.conf --output sluice.yaml",
            "  sluice import --from nginx sites-enabled/shop > sluice.yaml",
            "  sluice import Caddyfile --output sluice.yaml"
        })
final class ImportCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "FILE",
            description = "An nginx.conf or the file of one site, a Caddyfile, or a web.xml with ProxyServlets.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private Path file;

    @Option(
            names = "--from",
            paramLabel = "PROXY",
            description = "What FILE is for: nginx, caddy or jetty (default: as its name and content suggest).")
    private Importer.@Nullable Kind from;

    @Option(names = "--output", paramLabel = "FILE", description = "Where to write it (default: standard output).")
    private @Nullable Path output;

    @Option(names = "--force", description = "Replaces the file that --output names.")
    private boolean force;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        Imported imported;
        try {
            imported = Importer.read(file, from);
        } catch (ImportException e) {
            err.println(e.getMessage());
            return ExitStatus.USAGE;
        }
        if (output == null) {
            PrintWriter out = spec.commandLine().getOut();
            out.print(imported.yaml());
            out.flush();
        } else if (!write(output, imported.yaml(), err)) {
            return ExitStatus.USAGE;
        }
        if (imported.left().isEmpty()) return ExitStatus.CLEAN;
        err.println("not carried over:");
        imported.left().forEach(err::println);
        return ExitStatus.WARNED;
    }

    private boolean write(Path to, String yaml, PrintWriter err) {
        OpenOption[] how = force
                ? new OpenOption[] {
                    StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE
                }
                : new OpenOption[] {StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE};
        try {
            Files.writeString(to, yaml, how);
            return true;
        } catch (FileAlreadyExistsException e) {
            err.println("--output: " + to + " is there already (expected: another name, or --force)");
        } catch (IOException e) {
            err.println("--output: " + to + " cannot be written: " + e + " (expected: a file that can be)");
        }
        return false;
    }
}
