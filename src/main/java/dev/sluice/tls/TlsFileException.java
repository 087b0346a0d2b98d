package dev.sluice.tls;

/** A file with certificates or keys cannot be used. The message names the setting, the file and what was expected. */
public final class TlsFileException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TlsFileException(String setting, String file, String what) {
        super("tls." + setting + ": " + file + " " + what);
    }

    TlsFileException(String setting, String file, String what, Throwable cause) {
        super("tls." + setting + ": " + file + " " + what, cause);
    }
}
