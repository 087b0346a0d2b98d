package dev.sluice.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/**
 * Writes a configuration with everything that holds, defaults included, so that it can be read again to the same: with
 * the same environment, from any directory. Passwords and the like are the placeholders that they came by.
 */
public final class ConfigPrinter {
    /**
     * A printed configuration.
     *
     * @param text ends with a line's end
     * @param redacted how many secrets it does not hold, because they came by no placeholder; unless that is 0, it cannot
     *     be read again as it is
     */
    public record Printed(String text, int redacted) {}

    private ConfigPrinter() {}

    /** As YAML, with a comment in front when it cannot be read again. */
    public static Printed yaml(LoadedConfig loaded) {
        YAMLFactory factory = YAMLFactory.builder()
                .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                .disable(YAMLGenerator.Feature.SPLIT_LINES)
                .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
                .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
                .build();
        Printed printed = print(loaded, factory);
        if (printed.redacted() == 0) return printed;
        String comment = "# Cannot be read again as it is: " + ShownText.REDACTED
                + " stands for what may be a secret and is written out in the file.\n";
        return new Printed(comment + printed.text(), printed.redacted());
    }

    /** The same as one JSON document. */
    public static Printed json(LoadedConfig loaded) {
        return print(loaded, new JsonFactory());
    }

    private static Printed print(LoadedConfig loaded, JsonFactory factory) {
        ShownText texts = new ShownText(loaded.origins());
        String text = written(new ConfigTree(texts).of(loaded.config()), factory);
        return new Printed(text, texts.redacted());
    }

    /** Maps, lists, texts, numbers and switches; ends with a line's end. */
    static String written(Map<String, Object> tree, JsonFactory factory) {
        StringWriter out = new StringWriter();
        try (JsonGenerator generator = factory.createGenerator(out)) {
            if (!(factory instanceof YAMLFactory)) generator.useDefaultPrettyPrinter();
            write(generator, tree);
        } catch (IOException e) {
            throw new UncheckedIOException("a string cannot fail to be written", e);
        }
        String text = out.toString();
        return text.endsWith("\n") ? text : text + "\n";
    }

    private static void write(JsonGenerator out, Object value) throws IOException {
        if (value instanceof Map<?, ?> map) {
            out.writeStartObject();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.writeFieldName(String.valueOf(entry.getKey()));
                write(out, entry.getValue());
            }
            out.writeEndObject();
        } else if (value instanceof List<?> list) {
            out.writeStartArray();
            for (Object item : list) write(out, item);
            out.writeEndArray();
        } else if (value instanceof Number number) {
            out.writeNumber(number.longValue());
        } else if (value instanceof Boolean flag) {
            out.writeBoolean(flag);
        } else {
            out.writeString(String.valueOf(value));
        }
    }
}
