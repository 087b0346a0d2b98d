package dev.sluice.drill;

/** A drill that could not begin. The message says why, and is for people. */
public final class DrillException extends Exception {
    private static final long serialVersionUID = 1L;

    DrillException(String message, Throwable cause) {
        super(message, cause);
    }
}
