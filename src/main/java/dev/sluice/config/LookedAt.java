package dev.sluice.config;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a reading has looked at, found or not, and what it was like just before. For one thread. */
final class LookedAt {
    private final Map<Path, FileState> files = new LinkedHashMap<>();
    private final Map<Path, FileState> lists = new LinkedHashMap<>();
    private final Map<Path, String> listsThere = new LinkedHashMap<>();
    private final Map<NameStep, List<String>> names = new LinkedHashMap<>();

    /** One that is about to be read. */
    void file(Path file) {
        files.computeIfAbsent(file.toAbsolutePath(), path -> FileState.of(path, null));
    }

    /** A list of backends that is about to be read. */
    void list(Path file) {
        lists.computeIfAbsent(file.toAbsolutePath(), path -> FileState.of(path, null));
        listsThere.computeIfAbsent(file.toAbsolutePath(), FileState::presence);
    }

    /** As {@link NameStep#names}. */
    List<String> names(NameStep step) throws IOException {
        try {
            List<String> found = step.names();
            names.putIfAbsent(step, found);
            return found;
        } catch (IOException e) {
            names.putIfAbsent(step, Inputs.NOT_LISTED);
            throw e;
        }
    }

    /** After a reading that came to something. Whoever uses it watches what its lists of backends say. */
    Inputs inputs() {
        files.replaceAll((file, before) -> before.afterwards(file));
        return new Inputs(files, listsThere, names);
    }

    /** After one that came to nothing, of which a list may have been the reason. */
    Inputs inputsOfFailure() {
        Map<Path, FileState> all = new LinkedHashMap<>(files);
        all.putAll(lists);
        all.replaceAll((file, before) -> before.afterwards(file));
        return new Inputs(all, Map.of(), names);
    }
}
