package dev.sluice.cli;

import java.io.Console;
import org.jspecify.annotations.Nullable;

/**
 * What the process writes to.
 *
 * @param renews whether a line can be written over
 * @param colours whether colours are shown, and wanted
 */
record Terminal(boolean renews, boolean colours) {
    /** Of this process: a terminal only when input and output are both one, and no log is written in between. */
    static Terminal ofProcess() {
        return of(
                isConsole(),
                System.getenv("TERM"),
                System.getenv("NO_COLOR"),
                System.getenv(OperatorLog.LEVEL_VARIABLE));
    }

    static Terminal of(boolean console, @Nullable String term, @Nullable String noColor, @Nullable String logLevel) {
        boolean capable = console && term != null && !term.isEmpty() && !term.equals("dumb");
        boolean logs = logLevel != null && !logLevel.isEmpty();
        return new Terminal(capable && !logs, capable && (noColor == null || noColor.isEmpty()));
    }

    /** From Java 22 on there is a console without a terminal, too, and a method that tells them apart. */
    private static boolean isConsole() {
        Console console = System.console();
        if (console == null) return false;
        try {
            return !(Console.class.getMethod("isTerminal").invoke(console) instanceof Boolean terminal) || terminal;
        } catch (ReflectiveOperationException e) {
            return true;
        }
    }
}
