package dev.sluice.config;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a configuration was read from, and what that was like at one moment: files by what is in them, directories by the
 * names that a pattern stands for. As long as it is the same, another reading comes to the same. Immutable; names no content.
 */
public final class Inputs {
    /** In the place of names; no name is like that. */
    static final List<String> NOT_LISTED = List.of("/");

    private static final Logger log = LoggerFactory.getLogger("reload");

    private final Map<Path, FileState> files;
    private final Map<Path, String> present;
    private final Map<NameStep, List<String>> names;

    Inputs(Map<Path, FileState> files, Map<Path, String> present, Map<NameStep, List<String>> names) {
        this.files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
        this.present = Collections.unmodifiableMap(new LinkedHashMap<>(present));
        this.names = Collections.unmodifiableMap(new LinkedHashMap<>(names));
    }

    /** Of what was not read from files. */
    public static Inputs none() {
        return new Inputs(Map.of(), Map.of(), Map.of());
    }

    /**
     * All that were looked at, found or not, as absolute paths that are not normalized, the main file first: those that are
     * included, those of placeholders, of certificates, keys and trust, of pages, of lists of backends. Of the latter only
     * counts whether they are there, unless the reading failed: who is in them is watched for by whoever uses them.
     */
    public Set<Path> files() {
        Set<Path> all = new LinkedHashSet<>(files.keySet());
        all.addAll(present.keySet());
        return all;
    }

    /** Those in which patterns of {@code include} have looked for names; need not be there. */
    public Set<Path> directories() {
        Set<Path> all = new LinkedHashSet<>();
        names.keySet().forEach(step -> all.add(step.directory()));
        return all;
    }

    /**
     * What the same is like at this moment. Lists the directories; of the files, those that somebody may have written to since
     * are read. Whatever cannot be read is like that, too.
     */
    public Inputs again() {
        Map<Path, FileState> nextFiles = new LinkedHashMap<>();
        files.forEach((file, before) -> nextFiles.put(file, FileState.of(file, before)));
        Map<Path, String> nextPresent = new LinkedHashMap<>();
        present.keySet().forEach(file -> nextPresent.put(file, FileState.presence(file)));
        Map<NameStep, List<String>> nextNames = new LinkedHashMap<>();
        names.keySet().forEach(step -> nextNames.put(step, list(step)));
        return new Inputs(nextFiles, nextPresent, nextNames);
    }

    private static List<String> list(NameStep step) {
        try {
            return step.names();
        } catch (IOException e) {
            log.debug("{}: cannot be listed", step.directory(), e);
            return NOT_LISTED;
        }
    }

    /** Whether another reading comes to the same. Other dates, or another file that holds the same, are no difference. */
    public boolean isSame(Inputs other) {
        return names.equals(other.names)
                && present.equals(other.present)
                && contents().equals(other.contents());
    }

    private Map<Path, String> contents() {
        Map<Path, String> contents = new LinkedHashMap<>();
        files.forEach((file, state) -> contents.put(file, state.content()));
        return contents;
    }
}
