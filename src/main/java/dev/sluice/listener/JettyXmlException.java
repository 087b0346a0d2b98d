package dev.sluice.listener;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A Jetty XML file cannot be applied. The message reads {@code etc/tuning.xml:12: what is wrong (expected: ...)}. */
public final class JettyXmlException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param line counted from 1; 0 when it is not known */
    JettyXmlException(Path file, int line, String message, @Nullable Throwable cause) {
        super(file + (line > 0 ? ":" + line : "") + ": " + message, cause);
    }
}
