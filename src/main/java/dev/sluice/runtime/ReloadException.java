package dev.sluice.runtime;

/** Why another configuration could not be put in the place of the one that runs. Nothing has changed. */
public final class ReloadException extends Exception {
    private static final long serialVersionUID = 1L;

    ReloadException(String message) {
        super(message);
    }

    ReloadException(Exception cause) {
        super(cause.getMessage() == null ? cause.toString() : cause.getMessage(), cause);
    }
}
