package dev.sluice.config;

import java.util.List;

/**
 * How answers of a route are changed on their way to the client. Immutable.
 *
 * @param headers what is changed in their fields
 * @param compress codings that may be used, the dearest first; empty for none
 * @param rewriteLocation whether {@code Location} and {@code Content-Location} that mean the backend mean this proxy instead
 * @param rewriteCookies the same of path and domain in {@code Set-Cookie}
 */
public record ResponseConfig(
        FieldEdits headers, List<Coding> compress, boolean rewriteLocation, boolean rewriteCookies) {
    /** Changes nothing but what would lead past this proxy. */
    public static final ResponseConfig DEFAULTS = new ResponseConfig(FieldEdits.NONE, List.of(), true, true);

    /** A content coding (RFC 9110 §8.4.1). */
    public enum Coding {
        ZSTD,
        BR,
        GZIP
    }

    public ResponseConfig {
        compress = List.copyOf(compress);
    }
}
