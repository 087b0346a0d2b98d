package dev.sluice.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the section {@code admin} of a file and nothing else, for those who want to talk to a proxy that runs: what is
 * wrong elsewhere in the file is what they may want to hear from it, and its secrets are not theirs. Keeps nothing; safe to
 * use from any thread.
 */
public final class AdminReader {
    private static final String KEY = "admin";

    private AdminReader() {}

    /**
     * Reads the section, in the file or in those that it includes.
     *
     * @param file as {@link ConfigReader#load} has it
     * @param environment where {@code ${NAME}} is looked up, in this section and in names of included files alone
     * @return null when there is none
     * @throws ConfigException when the file cannot be read, is no YAML, or the section is wrong; or when the section is
     *     not found and may be in an included file that cannot be read
     */
    public static @Nullable AdminConfig read(Path file, Map<String, String> environment) throws ConfigException {
        Source main = new Source(file.toString(), file.toAbsolutePath().resolveSibling(""));
        Problems problems = new Problems(main);
        LookedAt lookedAt = new LookedAt();
        Node root = YamlTree.read(ConfigReader.bare(ConfigReader.text(file)), main, problems);
        Placeholders placeholders =
                new Placeholders(problems, environment, lookedAt, key -> key.equals(KEY) || key.equals(Includes.KEY));
        if (root != null) root = placeholders.resolve(root, "");
        Node.Entry section = root instanceof Node.Mapping mapping
                ? new Includes(problems, placeholders, lookedAt)
                        .joinWhatThereIs(mapping, file)
                        .entries()
                        .get(KEY)
                : null;
        AdminConfig admin = new AdminBinder(problems).bind(section == null ? null : section.value(), List.of());
        throwWhatMatters(problems, admin != null);
        return admin;
    }

    private static void throwWhatMatters(Problems problems, boolean found) throws ConfigException {
        try {
            problems.throwIfAny();
        } catch (ConfigException all) {
            List<ConfigError> own = all.errors().stream()
                    .filter(error -> matters(error.path(), found))
                    .toList();
            if (!own.isEmpty()) throw new ConfigException(own);
        }
    }

    private static boolean matters(String path, boolean found) {
        if (path.equals(KEY) || path.startsWith(KEY + ".")) return true;
        return !found && (path.isEmpty() || path.equals(Includes.KEY) || path.startsWith(Includes.KEY + "["));
    }
}
