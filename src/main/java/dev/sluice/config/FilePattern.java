package dev.sluice.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/**
 * A file name, in which {@code *}, {@code ?}, {@code [abc]} and {@code {a,b}} stand for parts of names, as in a shell:
 * not for slashes, and not for the dot at the beginning of a hidden file's name.
 */
final class FilePattern {
    private static final String WILD = ".*[*?\\[{].*";

    private final String pattern;
    private final LookedAt lookedAt;

    FilePattern(String pattern, LookedAt lookedAt) {
        this.pattern = pattern;
        this.lookedAt = lookedAt;
    }

    /**
     * The files it stands for, sorted, as relative as the pattern is. A name that stands for itself is among them, there
     * or not.
     *
     * @throws IllegalArgumentException with the message to report
     */
    List<Path> under(Path directory) {
        if (pattern.isEmpty()) throw new IllegalArgumentException("has no value (expected a file, or a pattern)");
        if (!pattern.matches(WILD)) return List.of(path(pattern));
        if (pattern.contains("**"))
            throw wrong("holds ** (expected a pattern for each directory, such as conf.d/*/*.yaml)");
        List<Path> found = List.of(path(pattern.startsWith("/") ? "/" : ""));
        String[] steps = pattern.split("/+", -1);
        for (int i = 0; i < steps.length; i++) {
            if (steps[i].isEmpty()) continue;
            List<Path> next = new ArrayList<>();
            for (Path one : found) {
                next.addAll(step(directory, one, steps[i], i == steps.length - 1));
                if (next.size() > NameStep.MOST) throw tooMany();
            }
            found = next;
        }
        return found;
    }

    private List<Path> step(Path directory, Path found, String step, boolean last) {
        if (!step.matches(WILD)) {
            Path next = found.resolve(path(step));
            if (!last) return List.of(next);
            // It may come to be there.
            lookedAt.file(directory.resolve(next));
            return Files.exists(directory.resolve(next)) ? List.of(next) : List.of();
        }
        Path in = directory.resolve(found);
        List<Path> matches = new ArrayList<>();
        try {
            for (String name : lookedAt.names(new NameStep(in.toAbsolutePath(), step, last)))
                matches.add(found.resolve(name));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    Text.quote(pattern) + " is not a pattern: " + e.getDescription()
                            + " (expected conf.d/*.yaml or so)",
                    e);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    Text.quote(pattern) + ": " + in + " cannot be read (expected a directory that this user may list)",
                    e);
        }
        if (matches.size() > NameStep.MOST) throw tooMany();
        matches.sort(null);
        return matches;
    }

    private IllegalArgumentException tooMany() {
        return wrong("stands for too many files (expected at most " + NameStep.MOST + ")");
    }

    private Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(Text.quote(pattern) + " is not a file name: " + e.getReason(), e);
        }
    }

    private IllegalArgumentException wrong(String flaw) {
        return new IllegalArgumentException(Text.quote(pattern) + " " + flaw);
    }
}
