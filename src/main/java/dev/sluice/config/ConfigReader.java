package dev.sluice.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the YAML file. Either everything in it is understood and within bounds, or all that is wrong is told and
 * nothing comes back: no setting is repaired or left out. Keeps nothing; safe to use from any thread.
 */
public final class ConfigReader {
    /** In bytes. A file larger than this is not a configuration. */
    private static final int LARGEST = 1 << 20;

    private ConfigReader() {}

    /**
     * Reads a file, as {@link #load}.
     *
     * @throws ConfigException when it cannot be read or anything in it is wrong
     */
    public static SluiceConfig read(Path file, Map<String, String> environment) throws ConfigException {
        return load(file, environment).config();
    }

    /**
     * Reads a file and those that it includes.
     *
     * @param file UTF-8, at most 1 MiB; paths in it are relative to its directory, and messages call it by this name
     * @param environment where {@code ${NAME}} is looked up, as a rule {@link System#getenv()}
     * @throws ConfigException when a file cannot be read or anything in it is wrong; says which files had been looked
     *     at by then
     */
    public static LoadedConfig load(Path file, Map<String, String> environment) throws ConfigException {
        LookedAt lookedAt = new LookedAt();
        lookedAt.file(file);
        try {
            // Not normalized: behind a symbolic link, ".." is not what it looks like.
            Source main = new Source(file.toString(), file.toAbsolutePath().resolveSibling(""));
            return load(main, file, text(file), environment, lookedAt);
        } catch (ConfigException e) {
            throw e.after(lookedAt);
        }
    }

    /**
     * Reads a document that is in memory already.
     *
     * @param name what messages call it
     * @param yaml at most 1 MiB
     * @param baseDir what paths in it are relative to
     * @param environment where {@code ${NAME}} is looked up
     * @throws ConfigException when anything in it is wrong
     */
    public static SluiceConfig parse(String name, String yaml, Path baseDir, Map<String, String> environment)
            throws ConfigException {
        return parsed(name, yaml, baseDir, environment).config();
    }

    /** The same, and what it came from. */
    static LoadedConfig parsed(String name, String yaml, Path baseDir, Map<String, String> environment)
            throws ConfigException {
        return load(new Source(name, baseDir), null, yaml, environment, new LookedAt());
    }

    private static LoadedConfig load(
            Source main, @Nullable Path file, String yaml, Map<String, String> environment, LookedAt lookedAt)
            throws ConfigException {
        if (yaml.length() > LARGEST) throw tooLarge(main.name());
        Problems problems = new Problems(main);
        Node root = YamlTree.read(bare(yaml), main, problems);
        Placeholders placeholders = new Placeholders(problems, environment, lookedAt);
        if (root != null) root = placeholders.resolve(root, "");
        if (root instanceof Node.Mapping mapping)
            root = new Includes(problems, placeholders, lookedAt).join(mapping, file);
        SluiceConfig config = new ConfigBinder(main, problems, lookedAt).bind(root);
        problems.throwIfAny();
        Origins origins = Origins.of(root, main, problems.substitutions());
        return new LoadedConfig(config, lookedAt.inputs(), origins);
    }

    /**
     * Reads a list of backends: URLs, or mappings of {@code url}, {@code weight} and {@code backup}.
     *
     * @param from messages call it by its file
     * @param yaml what is in that
     * @throws ConfigException when anything in it is wrong
     */
    public static List<BackendConfig> backends(DiscoveryConfig.Listed from, String yaml) throws ConfigException {
        Source source = new Source(from.file().toString(), from.file().resolveSibling(""));
        Problems problems = new Problems(source);
        Node root = YamlTree.read(bare(yaml), source, problems);
        List<BackendConfig> backends = new BackendsFile(source, problems).bind(root);
        problems.throwIfAny();
        return backends.stream().map(from::adapt).toList();
    }

    /**
     * What is in a file.
     *
     * @param file UTF-8, at most 1 MiB; messages call it by this name
     * @throws ConfigException when it cannot be read
     */
    public static String text(Path file) throws ConfigException {
        return text(file, file.toString());
    }

    /** @param name what messages call it */
    static String text(Path file, String name) throws ConfigException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(LARGEST + 1);
        } catch (NoSuchFileException e) {
            throw whole(name, "not found (expected a YAML file)", e);
        } catch (FileSystemException e) {
            String reason = e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
            throw whole(name, "cannot be read: " + reason + " (expected a YAML file)", e);
        } catch (IOException e) {
            throw whole(name, "cannot be read: " + e.getMessage() + " (expected a YAML file)", e);
        }
        if (bytes.length > LARGEST) throw tooLarge(name);
        return decode(name, bytes);
    }

    /** Without the mark that some editors put before the text. */
    static String bare(String yaml) {
        return yaml.startsWith("\uFEFF") ? yaml.substring(1) : yaml;
    }

    private static ConfigException tooLarge(String name) {
        return new ConfigException(List.of(new ConfigError(name, 0, 0, "", "too large (expected at most 1 MiB)")));
    }

    private static ConfigException whole(String name, String message, IOException cause) {
        ConfigException e = new ConfigException(List.of(new ConfigError(name, 0, 0, "", message)));
        e.initCause(cause);
        return e;
    }

    /** Strictly: a byte that is not UTF-8 would otherwise become a character that nobody wrote. */
    private static String decode(String name, byte[] bytes) throws ConfigException {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(ByteBuffer.wrap(bytes), out, true);
        String text = out.flip().toString();
        if (!result.isError()) return text;
        int line = 1 + (int) text.chars().filter(c -> c == '\n').count();
        int column = text.length() - text.lastIndexOf('\n');
        throw new ConfigException(
                List.of(new ConfigError(name, line, column, "", "a byte that is not UTF-8 (expected UTF-8)")));
    }
}
