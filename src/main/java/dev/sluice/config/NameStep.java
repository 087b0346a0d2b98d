package dev.sluice.config;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The part of a pattern between two slashes, in one directory.
 *
 * @param directory absolute; need not be there
 * @param glob in which parts of names are left open
 * @param last whether it stands for files; otherwise for directories
 */
record NameStep(Path directory, String glob, boolean last) {
    /** Names in one directory. */
    static final int MOST = 10_000;

    /**
     * The names that it stands for, sorted; at most one more than {@link #MOST}. Empty when there is no such directory.
     *
     * @throws java.util.regex.PatternSyntaxException when the glob is none
     * @throws IOException when the directory cannot be listed
     */
    List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, glob)) {
            for (Path entry : entries) {
                String name = String.valueOf(entry.getFileName());
                if (name.startsWith(".") && !glob.startsWith(".")) continue;
                if (Files.isDirectory(entry) != last) names.add(name);
                if (names.size() > MOST) break;
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            // As when the directory is empty.
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        names.sort(null);
        return List.copyOf(names);
    }
}
