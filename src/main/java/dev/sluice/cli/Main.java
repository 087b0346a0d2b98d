package dev.sluice.cli;

import java.io.PrintWriter;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code sluice} command. Each of its commands is a class of its own. */
@Command(
        name = "sluice",
        description = "A reverse proxy whose stops, restarts and reloads cost no client a request.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "sluice COMMAND --help says more of each, with examples.", ""},
        exitCodeListHeading = "Exit status:%n",
        exitCodeList = {
            "0:all is well; of run, proxy and demo: nothing was cut",
            "1:it could not start, nobody answered, or it broke",
            "2:the command line, the environment or the configuration is wrong",
            "3:something was lost: run, proxy, demo: cut at the deadline; drill: a request",
            "4:check --strict: there are warnings; import: something was not carried over",
            "5:check --connect: a backend cannot be reached"
        },
        subcommands = {
            RunCommand.class,
            ProxyCommand.class,
            CheckCommand.class,
            ConfigCommand.class,
            RouteCommand.class,
            ImportCommand.class,
            ReloadCommand.class,
            DrainCommand.class,
            DrillCommand.class,
            DemoCommand.class,
            SchemaCommand.class,
            ArchiveCommand.class,
            CompletionCommand.class,
            VersionCommand.class,
            RehearseCommand.class
        })
public final class Main implements Runnable {
    /** Of help, in characters. */
    private static final int WIDTH = 100;

    /** Commands whose output is for people. */
    private static final Set<String> QUIET = Set.of("drill", "check", "config", "import");

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    private Main() {}

    /** Runs the command and ends the process with its {@link ExitStatus}, after the last line of the log is out. */
    public static void main(String[] args) {
        String wrongLevel = OperatorLog.wrongLevel(System.getenv(OperatorLog.LEVEL_VARIABLE));
        if (wrongLevel != null) {
            System.err.println(wrongLevel);
            System.exit(ExitStatus.USAGE);
        }
        // What these say is for people who look at it; the proxy's log is there for those who ask for it.
        OperatorLogSetup.want(args.length > 0 && QUIET.contains(args[0]) ? "ERROR" : "INFO");
        // Jetty would start all of JMX to find out how wide a reference is, for the padding of its queues. With a heap
        // beyond 32 GB, where references are wider, it only pads more.
        System.getProperties().putIfAbsent("org.eclipse.jetty.util.referencesPerCacheLine", "16");
        // Where -DSTOP.PORT asks for Jetty's way to be stopped, Jetty would exit with 0 afterwards, whatever was cut.
        System.getProperties().putIfAbsent("STOP.EXIT", "false");
        RunArguments everyday = RunArguments.readPlain(args);
        int status = everyday != null ? runEveryday(everyday) : commandLine().execute(args);
        OperatorLog.close();
        System.exit(status);
    }

    private static int runEveryday(RunArguments arguments) {
        PrintWriter err = new PrintWriter(System.err, true);
        try {
            return arguments.run(err, started -> {});
        } catch (Exception e) {
            return broken(e, err);
        }
    }

    /** The whole command line, ready to parse or execute. */
    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setUsageHelpWidth(WIDTH)
                .setParameterExceptionHandler((error, args) -> complain(error))
                .setExecutionExceptionHandler((error, commandLine, parsed) -> broken(error, commandLine.getErr()));
    }

    /** Without a command there is nothing to do: says which there are. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command (expected: one of those below)");
    }

    /** Picocli's own handler shows either suggestions or the usage; a person who mistyped is helped by both. */
    private static int complain(ParameterException error) {
        CommandLine commandLine = error.getCommandLine();
        PrintWriter err = commandLine.getErr();
        err.println(error.getMessage());
        UnmatchedArgumentException.printSuggestions(error, err);
        commandLine.usage(err);
        err.flush();
        return ExitStatus.USAGE;
    }

    /** What no command expected is a bug of ours, so it keeps its stack trace. */
    private static int broken(@Nullable Exception error, PrintWriter err) {
        LoggerFactory.getLogger(Main.class).error("unexpected: {}", String.valueOf(error), error);
        err.println("unexpected: " + error + " (the log has the details)");
        return ExitStatus.FAILED;
    }
}
