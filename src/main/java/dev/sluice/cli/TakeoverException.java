package dev.sluice.cli;

import java.io.Serial;

/** A takeover that is refused. The message says why, for people; the process that was to be ended goes on. */
final class TakeoverException extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    TakeoverException(String message) {
        super(message);
    }
}
