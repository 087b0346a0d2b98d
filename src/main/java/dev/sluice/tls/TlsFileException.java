package dev.sluice.tls;

/** A file with certificates or keys cannot be used. The message names the setting, the file and what was expected. */
public final class TlsFileException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String setting;
    private final String flaw;

    TlsFileException(String setting, String file, String what) {
        super("tls." + setting + ": " + file + " " + what);
        this.setting = setting;
        this.flaw = file + " " + what;
    }

    TlsFileException(String setting, String file, String what, Throwable cause) {
        super("tls." + setting + ": " + file + " " + what, cause);
        this.setting = setting;
        this.flaw = file + " " + what;
    }

    /** The key in the section {@code tls}. */
    public String setting() {
        return setting;
    }

    /** The file, what is wrong with it, and what was expected. */
    public String flaw() {
        return flaw;
    }
}
