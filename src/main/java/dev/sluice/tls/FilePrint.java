package dev.sluice.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What some files held at one moment, to tell whether they hold something else by now. Immutable.
 *
 * @param contents a digest of each, in order; of one that cannot be read there is none
 */
public record FilePrint(List<String> contents) {
    /** Of a certificate, a key or a store; what is larger is none of them, and is told apart by its beginning. */
    private static final int MOST_BYTES = 16 << 20;

    /** Reads them. Null stands for no file. To be taken before they are used: what changes in between is seen later. */
    public static FilePrint of(@Nullable Path... files) {
        return new FilePrint(Arrays.stream(files)
                .filter(Objects::nonNull)
                .map(FilePrint::digest)
                .toList());
    }

    private static String digest(Path file) {
        try (var in = Files.newInputStream(file)) {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(in.readNBytes(MOST_BYTES)));
        } catch (IOException e) {
            return "";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
