package dev.sluice.config;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A piece of a YAML document that knows where it stands. */
sealed interface Node {
    Place at();

    /** The value as an error message names it. */
    String describe();

    /** What YAML takes an unquoted word for. */
    enum Kind {
        TEXT,
        NUMBER,
        BOOLEAN,
        NULL
    }

    /** @param from what stands in the file, where that is another text; null where it is this one */
    record Scalar(
            Place at, String text, Kind kind, @Nullable Substitution from) implements Node {
        Scalar(Place at, String text, Kind kind) {
            this(at, text, kind, null);
        }

        boolean isNull() {
            return kind == Kind.NULL;
        }

        @Override
        public String describe() {
            if (from != null) return Text.quote(from.written());
            return kind == Kind.TEXT ? Text.quote(text) : Text.escape(text);
        }
    }

    /** @param starts for each file that items come from the index of the first of them, in ascending order */
    record Sequence(Place at, List<Node> items, List<Integer> starts) implements Node {
        Sequence(Place at, List<Node> items) {
            this(at, items, List.of(0));
        }

        /** An item as it is counted in its own file, with the brackets: {@code [2]}. */
        String number(int index) {
            int found = Collections.binarySearch(starts, index);
            int part = found >= 0 ? found : -found - 2;
            return "[" + (index - starts.get(part)) + "]";
        }

        @Override
        public String describe() {
            return "a list";
        }
    }

    /** Keys in the order of the file. */
    record Mapping(Place at, Map<String, Entry> entries) implements Node {
        @Override
        public String describe() {
            return "a mapping";
        }
    }

    /** What has been reported already (an alias, a tag): nothing more is said about it. */
    record Refused(Place at) implements Node {
        @Override
        public String describe() {
            return "a refused value";
        }
    }

    record Entry(Place keyAt, Node value) {}
}
