package dev.sluice.proxy;

/** TLS to a backend cannot be spoken as configured. The message names the backend, the file and what was expected. */
public final class BackendTlsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BackendTlsException(String backend, Exception cause) {
        super("backend " + backend + ": " + cause.getMessage(), cause);
    }
}
