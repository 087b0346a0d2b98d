package dev.sluice.cli;

/** What the process says when it ends. Scripts depend on these numbers. */
final class ExitStatus {
    /** Everything was finished: nothing was cut. */
    static final int CLEAN = 0;

    /** It could not be started, or it broke; of {@code sluice route}: no route gets the request. */
    static final int FAILED = 1;

    /** The command line, the environment or the configuration is wrong; nothing was started. */
    static final int USAGE = 2;

    /** It stopped, and at least one exchange was cut. */
    static final int CUT = 3;

    /** {@code check --strict}: nothing is wrong, but something is odd; {@code import}: not all was carried over. */
    static final int WARNED = 4;

    /** {@code check --connect}: a backend cannot be reached. */
    static final int UNREACHABLE = 5;

    private ExitStatus() {}
}
