package dev.sluice.testkit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The head of a response, interim or final.
 *
 * @param version {@code HTTP/1.1}, {@code HTTP/1.0} or {@code HTTP/2}
 * @param fields in the order received; of HTTP/2 without the pseudo ones
 */
public record TestHead(String version, int status, String reason, List<Field> fields) {
    public @Nullable String field(String name) {
        return Field.first(fields, name);
    }

    public List<String> values(String name) {
        return Field.values(fields, name);
    }
}
