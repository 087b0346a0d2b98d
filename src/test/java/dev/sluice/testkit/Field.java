package dev.sluice.testkit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One header or trailer line as it was on the wire. Text is ISO-8859-1, so that every byte has its character.
 *
 * @param name in the case that was received
 * @param value without the whitespace around it (RFC 9110 §5.5)
 */
public record Field(String name, String value) {
    public static Field of(String name, String value) {
        return new Field(name, value);
    }

    /** Parses {@code Name: value}; a line without a colon becomes a name with an empty value. */
    public static Field parse(String line) {
        int colon = line.indexOf(':');
        return colon < 0
                ? new Field(line, "")
                : new Field(line.substring(0, colon), line.substring(colon + 1).strip());
    }

    /** The values of all lines with this name, whatever its case, in order. */
    public static List<String> values(List<Field> fields, String name) {
        return fields.stream()
                .filter(f -> f.name().equalsIgnoreCase(name))
                .map(Field::value)
                .toList();
    }

    /** The first value of the name, or null. */
    public static @Nullable String first(List<Field> fields, String name) {
        List<String> values = values(fields, name);
        return values.isEmpty() ? null : values.get(0);
    }

    @Override
    public String toString() {
        return name + ": " + value;
    }
}
