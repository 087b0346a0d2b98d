package dev.sluice.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Turns a YAML document into {@link Node}s that know their line and column.
 *
 * <p>Takes less than YAML allows, because every setting should stand once, where one looks for it: no anchors and
 * aliases, no tags, no second document, no key twice.
 */
final class YamlTree {
    private static final int DEEPEST = 16;
    private static final Pattern MARK = Pattern.compile("^ in .*, line (\\d+), column (\\d+):$", Pattern.MULTILINE);

    private final YAMLParser parser;
    private final Source source;
    private final Problems problems;

    private YamlTree(YAMLParser parser, Source source, Problems problems) {
        this.parser = parser;
        this.source = source;
        this.problems = problems;
    }

    /**
     * The root of the document; null when there is nothing in it but comments.
     *
     * @throws ConfigException when it is not YAML, or nested too deeply to go on; what is wrong but can be skipped only
     *     goes to {@code problems}
     */
    static @Nullable Node read(String yaml, Source source, Problems problems) throws ConfigException {
        refuseControlCharacters(yaml, source, problems);
        YAMLFactory factory = YAMLFactory.builder()
                .enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL)
                .build();
        try (YAMLParser parser = factory.createParser(yaml)) {
            YamlTree tree = new YamlTree(parser, source, problems);
            JsonToken first = parser.nextToken();
            if (first == null) return null;
            Node root = tree.node(first, "", 0);
            if (parser.nextToken() != null) {
                problems.add(tree.here(), "", "a second document begins here (expected one document in the file)");
            }
            return root;
        } catch (JsonProcessingException e) {
            reportSyntax(e, source, problems);
            problems.throwIfAny();
            throw new IllegalStateException("a syntax error was reported but not thrown", e);
        } catch (IOException e) {
            throw new UncheckedIOException("a string cannot fail to be read", e);
        }
    }

    private Node node(JsonToken token, String path, int depth) throws IOException, ConfigException {
        Place at = here();
        if (depth > DEEPEST) {
            problems.add(at, path, "nested more than " + DEEPEST + " levels deep (expected no more than a few)");
            problems.throwIfAny();
        }
        boolean refused = refuse(at, path);
        Node node = switch (token) {
            case START_OBJECT -> mapping(at, path, depth);
            case START_ARRAY -> sequence(at, path, depth);
            default -> new Node.Scalar(at, parser.getText(), kind(token));
        };
        return refused ? new Node.Refused(at) : node;
    }

    private Node mapping(Place at, String path, int depth) throws IOException, ConfigException {
        Object anchor = parser.getObjectId();
        Map<String, Node.Entry> entries = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            Place keyAt = here();
            String key = parser.currentName();
            String keyPath = Text.join(path, key);
            // At the first key the parser still holds the anchor of the mapping, which has been refused already.
            if (parser.getObjectId() != null && !Objects.equals(parser.getObjectId(), anchor)) {
                problems.add(keyAt, keyPath, "anchors are not supported (expected each setting written out)");
            }
            Node value = node(parser.nextToken(), keyPath, depth + 1);
            Node.Entry first = entries.putIfAbsent(key, new Node.Entry(keyAt, value));
            if (first != null) {
                problems.add(keyAt, keyPath, "key given twice (first at " + first.keyAt() + ")");
            }
        }
        return new Node.Mapping(at, entries);
    }

    private Node sequence(Place at, String path, int depth) throws IOException, ConfigException {
        List<Node> items = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            items.add(node(token, path + "[" + items.size() + "]", depth + 1));
        }
        return new Node.Sequence(at, items);
    }

    /** Aliases, anchors and tags: reported, and true when there was one. */
    private boolean refuse(Place at, String path) throws IOException {
        if (parser.isCurrentAlias()) {
            String alias = Text.quote("*" + parser.getText());
            problems.add(
                    at,
                    path,
                    alias + " is an alias (expected the value itself; a text that begins with * needs" + " quotes)");
            return true;
        }
        if (parser.getObjectId() != null) {
            String anchor = Text.quote("&" + parser.getObjectId());
            problems.add(
                    at,
                    path,
                    anchor + " is an anchor (expected the value itself; a text that begins with & needs" + " quotes)");
            return true;
        }
        if (parser.getTypeId() != null) {
            problems.add(
                    at,
                    path,
                    "tags are not supported (expected the value itself; a text that begins with ! needs" + " quotes)");
            return true;
        }
        return false;
    }

    private static Node.Kind kind(JsonToken token) {
        return switch (token) {
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> Node.Kind.NUMBER;
            case VALUE_TRUE, VALUE_FALSE -> Node.Kind.BOOLEAN;
            case VALUE_NULL -> Node.Kind.NULL;
            default -> Node.Kind.TEXT;
        };
    }

    private Place here() {
        return place(parser.currentTokenLocation(), source);
    }

    private static Place place(@Nullable JsonLocation location, Source source) {
        return location == null
                ? new Place(source, 1, 1)
                : new Place(source, Math.max(1, location.getLineNr()), Math.max(1, location.getColumnNr()));
    }

    /**
     * The parser's message holds one mark or two, each with a snippet; the last one is where it stopped, which the
     * location of the exception (that of the token before) is not.
     */
    private static void reportSyntax(JsonProcessingException e, Source source, Problems problems) {
        Place at = place(e.getLocation(), source);
        String original = e.getOriginalMessage();
        Matcher mark = MARK.matcher(original);
        while (mark.find()) at = new Place(source, Integer.parseInt(mark.group(1)), Integer.parseInt(mark.group(2)));
        String message = original.lines()
                .filter(line -> !line.isBlank() && !line.startsWith(" "))
                .reduce((context, problem) -> context + ": " + problem)
                .orElse("not understood");
        problems.add(at, "", "not YAML: " + plain(message.strip()));
    }

    /** The parser's words, with what most often is behind them. */
    private static String plain(String message) {
        if (message.startsWith("Expected a field name")) return "a list, mapping or alias cannot be a key";
        if (message.contains("(TAB)")) return "a tab where a value or a key should begin (expected spaces)";
        String said = Text.escape(message.replaceFirst(" \\(Do not use .*", ""));
        boolean quotes = said.matches(".*(flow|cannot start any token|mapping values are not allowed).*");
        return quotes ? said + " (a text that holds : { } [ ] , # or begins with @ ` % needs quotes)" : said;
    }

    private static void refuseControlCharacters(String yaml, Source source, Problems problems) throws ConfigException {
        int line = 1;
        int column = 1;
        for (int i = 0; i < yaml.length(); column++) {
            int c = yaml.codePointAt(i);
            boolean breaks = c == '\n' || c == '\r';
            boolean surrogate = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
            if ((Character.isISOControl(c) && !breaks && c != '\t') || surrogate || c == 0xFFFE || c == 0xFFFF) {
                problems.add(
                        new Place(source, line, column), "", String.format("control character U+%04X in the file", c));
                problems.throwIfAny();
            }
            i += Character.charCount(c);
            if (c == '\n' || (c == '\r' && (i == yaml.length() || yaml.charAt(i) != '\n'))) {
                line++;
                column = 0;
            }
        }
    }
}
