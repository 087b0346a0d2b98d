package dev.sluice.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;

/**
 * What a file was like at one moment, to tell whether it holds something else by now. Immutable.
 *
 * @param content is another one when there is something else to be read; never the content itself
 * @param attributes null when there are none
 * @param tell whether nobody has written to it while its attributes stay the same
 */
record FileState(String content, @Nullable Map<String, Object> attributes, boolean tell) {
    /** In bytes. What is larger is no part of a configuration, and is told apart by its size and its beginning. */
    private static final int MOST_BYTES = 16 << 20;
    /** In bytes. */
    private static final int CHUNK = 8 << 10;
    /**
     * A file that has just been written may be written once more without showing another time: file systems count in
     * ticks of the kernel, and some in whole seconds or two.
     */
    private static final long TICK_MILLIS = 3_000;

    private static final String CHANGED = "ctime";
    private static final String WRITTEN = "lastModifiedTime";
    private static final String REGULAR = "isRegularFile";
    /** Where there is a ctime it shows what a date put back would hide, and other rights. */
    private static final String ASKED =
            FileSystems.getDefault().supportedFileAttributeViews().contains("unix")
                    ? "unix:dev,ino,mode,size," + String.join(",", WRITTEN, CHANGED, REGULAR)
                    : "fileKey,size," + String.join(",", WRITTEN, REGULAR);

    /**
     * Looks at it, links followed. To be called before it is used: what changes in between is seen later. Only a regular file
     * is read: others could block for ever, or be empty for whoever reads them next.
     *
     * @param before what it was like earlier; null when nobody has looked
     */
    static FileState of(Path file, @Nullable FileState before) {
        return of(file, before, System.currentTimeMillis());
    }

    /** @param now in milliseconds since 1970 */
    static FileState of(Path file, @Nullable FileState before, long now) {
        try {
            Map<String, Object> attributes = Files.readAttributes(file, ASKED);
            if (!Boolean.TRUE.equals(attributes.get(REGULAR))) return nothing("not a file");
            if (before != null && before.tell && attributes.equals(before.attributes)) return before;
            return new FileState(digest(file), attributes, isOld(attributes, now));
        } catch (NoSuchFileException e) {
            return nothing("missing");
        } catch (IOException e) {
            // Whoever may read it by then sees another content, whatever its attributes say.
            return nothing("cannot be read");
        }
    }

    private static FileState nothing(String why) {
        return new FileState(why, null, false);
    }

    /**
     * What is known of it once it has been used: when it is another by then, nobody can say what it was like meanwhile, not
     * even when it holds the same again.
     */
    FileState afterwards(Path file) {
        FileState now = attributes == null ? of(file, null) : null;
        try {
            boolean same =
                    now == null ? Files.readAttributes(file, ASKED).equals(attributes) : now.content.equals(content);
            return same ? this : nothing("changed while it was read");
        } catch (IOException e) {
            return nothing("changed while it was read");
        }
    }

    /** Only whether it is there. */
    static String presence(Path file) {
        return Files.isRegularFile(file) ? "file" : Files.exists(file) ? "not a file" : "missing";
    }

    private static boolean isOld(Map<String, Object> attributes, long now) {
        return isOld(attributes.get(WRITTEN), now) && isOld(attributes.get(CHANGED), now);
    }

    private static boolean isOld(@Nullable Object time, long now) {
        return !(time instanceof FileTime t) || t.toMillis() < now - TICK_MILLIS;
    }

    /** By two sums that have nothing in common: a digest would be a thirtieth of a second of each start, to be loaded. */
    private static String digest(Path file) throws IOException {
        Checksum one = new CRC32();
        Checksum other = new CRC32C();
        long length = 0;
        byte[] chunk = new byte[CHUNK];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(chunk); n >= 0 && length < MOST_BYTES; n = in.read(chunk)) {
                one.update(chunk, 0, n);
                other.update(chunk, 0, n);
                length += n;
            }
        }
        return Math.max(length, Files.size(file)) + " " + one.getValue() + " " + other.getValue();
    }
}
