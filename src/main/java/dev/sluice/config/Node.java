package dev.sluice.config;

import java.util.List;
import java.util.Map;

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

    record Scalar(Place at, String text, Kind kind) implements Node {
        boolean isNull() {
            return kind == Kind.NULL;
        }

        @Override
        public String describe() {
            return kind == Kind.TEXT ? Text.quote(text) : Text.escape(text);
        }
    }

    record Sequence(Place at, List<Node> items) implements Node {
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
