package dev.sluice.upstream;

import dev.sluice.config.BackendConfig;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Names for backends that say nothing of where they are. */
final class Ids {
    private static final int BYTES = 8;

    private Ids() {}

    /** The same for the same address and base path, in every process. */
    static String of(BackendConfig backend) {
        try {
            byte[] text = (backend.origin() + backend.basePath()).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text), 0, BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
