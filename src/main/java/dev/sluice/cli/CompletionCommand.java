package dev.sluice.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice completion}: what makes a shell complete commands and options. */
@Command(
        name = "completion",
        description = "Prints a script that makes bash or zsh complete commands, options and files.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Exit status: 0; 2 for another shell.",
            "",
            "Examples:",
            "  source <(sluice completion)                       in ~/.bashrc or ~/.zshrc",
            "  sluice completion > /etc/bash_completion.d/sluice"
        })
final class CompletionCommand implements Callable<Integer> {
    /** The shells that understand the script. */
    enum Shell {
        BASH,
        ZSH;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Parameters(arity = "0..1", paramLabel = "SHELL", description = "bash or zsh: the script is the same for both.")
    @SuppressWarnings("UnusedVariable") // only so that another shell is refused
    private Shell shell = Shell.BASH;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        // Of a fresh command line: what this one was given is no default of the next.
        out.print(AutoComplete.bash("sluice", Main.commandLine()));
        out.flush();
        return ExitStatus.CLEAN;
    }
}
