package dev.sluice.cli;

import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigReader;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.runtime.Sluice;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What {@code sluice run} was told, and doing it.
 *
 * @param config null when no file was named
 * @param xml Jetty XML files, in their order
 * @param takeover whether a Sluice that has the ports is to be ended once this one serves
 * @param watch whether a change of a file is put into effect without being asked
 */
record RunArguments(@Nullable Path config, List<Path> xml, boolean takeover, boolean watch) {
    private static final Path USUAL_FILE = Path.of("sluice.yaml");

    /**
     * Reads the command line of an everyday start without picocli, which takes a fifth of a second to come up. Only what
     * can mean nothing else is understood; picocli has the rest, and every complaint.
     *
     * @return null when this is for picocli
     */
    static @Nullable RunArguments readPlain(String[] args) {
        if (args.length == 0 || !args[0].equals("run")) return null;
        Path config = null;
        List<Path> xml = new ArrayList<>();
        boolean takeover = false;
        boolean watch = false;
        for (int i = 1; i < args.length; i++) {
            String option = args[i];
            if (option.equals("--takeover") && !takeover) {
                takeover = true;
                continue;
            }
            if (option.equals("--watch") && !watch) {
                watch = true;
                continue;
            }
            int equals = option.indexOf('=');
            String name = equals < 0 ? option : option.substring(0, equals);
            String value = equals >= 0 ? option.substring(equals + 1) : ++i < args.length ? args[i] : "";
            // Nothing that may be an option, a file of arguments, a quoted text or a path that there cannot be.
            if (!value.matches("[A-Za-z0-9._/][A-Za-z0-9._/+,:@=-]*")) return null;
            if ((name.equals("--config") || name.equals("-c")) && config == null) config = Path.of(value);
            else if (name.equals("--xml")) xml.add(Path.of(value));
            else return null;
        }
        return new RunArguments(config, List.copyOf(xml), takeover, watch);
    }

    /**
     * The file that was named, or the usual one when it is there.
     *
     * @return null for the built-in default
     */
    static @Nullable Path fileToRead(@Nullable Path named) {
        return named != null ? named : Files.exists(USUAL_FILE) ? USUAL_FILE : null;
    }

    /**
     * Runs the proxy until something ends it.
     *
     * @param err where people see why it could not start
     * @param whenStarted called once, after all listeners are open and the log has said so
     * @return an {@link ExitStatus}
     */
    int run(PrintWriter err, Consumer<Sluice> whenStarted) throws InterruptedException {
        Path file = fileToRead(config);
        LoadedConfig read;
        try {
            read = file == null ? LoadedConfig.builtIn() : ConfigReader.load(file, System.getenv());
        } catch (ConfigException e) {
            err.println(e.getMessage());
            return ExitStatus.USAGE;
        }
        String source = file == null ? "built-in default" : file.toString();
        return serve(read, source, file == null ? null : new Reloads(file, read), err, whenStarted);
    }

    /**
     * As {@link #run}, with a configuration that has been read.
     *
     * @param loaded what was read, or made of the command line
     * @param source where it came from, for the log
     * @param reloads reads it again; null when it did not come from a file
     */
    int serve(
            LoadedConfig loaded,
            String source,
            @Nullable Reloads reloads,
            PrintWriter err,
            Consumer<Sluice> whenStarted)
            throws InterruptedException {
        SluiceConfig read = loaded.config();
        if (!xmlIsReadable(err)) return ExitStatus.USAGE;
        Supervised supervised;
        try {
            supervised = Supervised.of(read.drain(), System.getenv());
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage());
            return ExitStatus.USAGE;
        }
        Announcement announcement = new Announcement(read, source, xml);
        Foreground foreground = new Foreground(err, supervised::stopping);
        FromPredecessor predecessor = takeover ? new FromPredecessor(foreground.ending()) : null;
        Foreground.Start start = built -> {
            built.inherit(supervised.sockets());
            return predecessor == null ? built.start() : built.startBeside(predecessor);
        };
        return foreground.run(() -> Sluice.of(loaded, xml), start, sluice -> {
            announcement.log(sluice);
            if (reloads != null) reloads.accept(sluice, supervised, watch);
            supervised.started(sluice);
            whenStarted.accept(sluice);
            if (predecessor != null && predecessor.isThere()) {
                supervised.takesOver();
                predecessor.end(sluice);
            }
        });
    }

    private boolean xmlIsReadable(PrintWriter err) {
        List<Path> unreadable = xml.stream()
                .filter(path -> !Files.isRegularFile(path) || !Files.isReadable(path))
                .toList();
        unreadable.forEach(path -> err.println("--xml: " + path + " (expected: a Jetty XML file that can be read)"));
        return unreadable.isEmpty();
    }
}
