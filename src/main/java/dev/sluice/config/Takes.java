package dev.sluice.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a key of the file takes. {@link Section} reads single values within the bounds that are declared here, {@link
 * SchemaTree} turns them into a schema.
 */
sealed interface Takes {
    /** In words, for tables and descriptions; Markdown. */
    String inWords();

    /**
     * A duration.
     *
     * @param off whether the word {@code off} will do as well
     * @param within the bounds in words, where they depend on other values; null where least and most say it all
     */
    record Span(
            Duration least,
            Duration most,
            boolean off,
            @Nullable String within) implements Takes {
        Span orOff() {
            return new Span(least, most, true, within);
        }

        /** Narrower than the bounds, by what other values say. */
        Span within(String words) {
            return new Span(least, most, off, words);
        }

        @Override
        public String inWords() {
            String bounds = "`" + Durations.format(least) + "` to `" + Durations.format(most) + "`";
            return (within == null ? bounds : within) + (off ? ", or `off`" : "");
        }
    }

    /** A whole number; {@code within} as that of {@link Span}. */
    record Number(int least, int most, @Nullable String within) implements Takes {
        Number within(String words) {
            return new Number(least, most, words);
        }

        @Override
        public String inWords() {
            return within == null ? least + " to " + most : within;
        }
    }

    /** A share, written with its sign. */
    record Percent(int least, int most) implements Takes {
        @Override
        public String inWords() {
            return "`" + least + "%` to `" + most + "%`";
        }
    }

    /** Bytes, as a number or with a unit. */
    record Size(long least, long most) implements Takes {
        @Override
        public String inWords() {
            return "`" + Sizes.format(least) + "` to `" + Sizes.format(most) + "`";
        }
    }

    /** {@code true} or {@code false}. */
    record Flag() implements Takes {
        @Override
        public String inWords() {
            return "`true` or `false`";
        }
    }

    /** One of an enum's constants, as {@link Section#word} writes them. */
    record Choice(Class<? extends Enum<?>> type) implements Takes {
        List<String> words() {
            return Arrays.stream(type.getEnumConstants()).map(Section::word).toList();
        }

        @Override
        public String inWords() {
            List<String> words = words().stream().map(word -> "`" + word + "`").toList();
            int last = words.size() - 1;
            return String.join(", ", words.subList(0, last)) + " or " + words.get(last);
        }
    }

    /** One word beside other things that are taken, such as {@code off}; {@code true} and {@code false} are switches. */
    record Word(String word) implements Takes {
        @Override
        public String inWords() {
            return "`" + word + "`";
        }
    }

    /**
     * A text.
     *
     * @param what what it is, with an example if need be
     * @param pattern an expression that the whole of it fits; null where a schema can say no more
     */
    record Text(String what, @Nullable String pattern) implements Takes {
        @Override
        public String inWords() {
            return what;
        }
    }

    /** A text that stands in no file: a placeholder and nothing else. */
    record Secret() implements Takes {
        @Override
        public String inWords() {
            return "a placeholder";
        }
    }

    /** A status of an answer, or a range of them. */
    record Status(int least, int most) implements Takes {
        @Override
        public String inWords() {
            return "a status, or a range such as `" + least + "-" + most + "`";
        }
    }

    /**
     * A list.
     *
     * @param orOne whether one item will do, without a list
     * @param least items in it
     * @param most items in it
     */
    record ListOf(Takes item, boolean orOne, int least, int most) implements Takes {
        @Override
        public String inWords() {
            String items = most == Integer.MAX_VALUE ? "a list" : "a list of " + least + " to " + most;
            if (orOne) return item.inWords() + ", or a list";
            return item instanceof Nested ? items + " of mappings" : items + ": " + item.inWords();
        }
    }

    /**
     * A mapping whose keys are names.
     *
     * @param name an expression that the whole of each name fits; null for any
     * @param least how many there are at least
     */
    record Named(@Nullable String name, int least, Takes value) implements Takes {
        @Override
        public String inWords() {
            return value instanceof Nested ? "a mapping of names to mappings" : "by name " + value.inWords();
        }
    }

    /** A section: a mapping whose keys are declared. */
    record Nested(Keys keys) implements Takes {
        @Override
        public String inWords() {
            return "a mapping";
        }
    }

    /** Nothing at all behind the colon, as when all keys of a section are commented out. */
    record Nothing() implements Takes {
        @Override
        public String inWords() {
            return "";
        }
    }

    /** One of several. */
    record Either(List<Takes> choices) implements Takes {
        @Override
        public String inWords() {
            return choices.stream()
                    .map(Takes::inWords)
                    .filter(words -> !words.isEmpty())
                    .collect(Collectors.joining(", or "));
        }
    }

    static Span duration(String least, String most) {
        return new Span(Durations.parse(least, ""), Durations.parse(most, ""), false, null);
    }

    static Number number(int least, int most) {
        return new Number(least, most, null);
    }

    static Percent percent(int least, int most) {
        return new Percent(least, most);
    }

    static Flag flag() {
        return new Flag();
    }

    static Choice choice(Class<? extends Enum<?>> type) {
        return new Choice(type);
    }

    static Word word(String word) {
        return new Word(word);
    }

    static Text text(String what) {
        return new Text(what, null);
    }

    static Text text(String what, String pattern) {
        return new Text(what, pattern);
    }

    static Secret secret() {
        return new Secret();
    }

    /** Not empty. */
    static ListOf list(Takes item) {
        return new ListOf(item, false, 1, Integer.MAX_VALUE);
    }

    /** Also an empty one. */
    static ListOf anyList(Takes item) {
        return new ListOf(item, false, 0, Integer.MAX_VALUE);
    }

    static ListOf oneOrMore(Takes item) {
        return new ListOf(item, true, 1, Integer.MAX_VALUE);
    }

    static Either either(Takes... choices) {
        return new Either(List.of(choices));
    }

    static Nested section(Keys keys) {
        return new Nested(keys);
    }

    /** A section that may be left empty when all its keys are commented out. */
    static Either optional(Keys keys) {
        return either(new Nested(keys), new Nothing());
    }
}
