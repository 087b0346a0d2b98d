package dev.sluice.upstream.discovery;

import java.net.PortUnreachableException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;

/** Nothing has been found out; the message is a reason for people to read. */
final class LookupException extends Exception {
    private static final long serialVersionUID = 1;

    LookupException(String reason) {
        super(reason);
    }

    /** The reason for a failure of a future, whatever it is wrapped in. */
    static String reason(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof LookupException) return String.valueOf(cause.getMessage());
        if (cause instanceof TimeoutException) return "no answer in time";
        if (cause instanceof PortUnreachableException) return "nobody listens";
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
