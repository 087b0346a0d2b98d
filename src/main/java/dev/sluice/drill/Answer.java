package dev.sluice.drill;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer that came whole.
 *
 * @param fields by their names in small letters; of several with one name the last
 * @param length of its body in bytes
 * @param closes whether it says that its connection will be closed, or is only ended by that
 */
record Answer(int status, Map<String, String> fields, long length, boolean closes) {
    @Nullable
    String field(String name) {
        return fields.get(name);
    }
}
