package dev.sluice.config;

import org.jspecify.annotations.Nullable;

/**
 * A key of the file, as it is declared: what is read, what a schema says of it and what the page about it says come from
 * here. Texts are Markdown, and begin in lower case unless with a name.
 *
 * @param name as it is written
 * @param takes what can stand behind it
 * @param needed whether it has to be there
 * @param usual what holds without it, as one would write it; null when nothing that could be written does
 * @param usually what holds without it, in words, where it depends on something or cannot be written; null for no more
 *     than {@code usual}
 * @param effect what it does
 * @param danger what it may cost; null for nothing
 */
record Key(
        String name,
        Takes takes,
        boolean needed,
        @Nullable String usual,
        @Nullable String usually,
        String effect,
        @Nullable String danger) {
    static Key of(String name, Takes takes) {
        return new Key(name, takes, false, null, null, "", null);
    }

    Key effect(String text) {
        return new Key(name, takes, needed, usual, usually, text, danger);
    }

    Key danger(String text) {
        return new Key(name, takes, needed, usual, usually, effect, text);
    }

    /** What holds without it, as one would write it. */
    Key usual(String value) {
        return new Key(name, takes, needed, value, usually, effect, danger);
    }

    /** The same, with what it depends on: goes on behind the value. */
    Key usual(String value, String unless) {
        return new Key(name, takes, needed, value, "`" + value + "`, " + unless, effect, danger);
    }

    /** What holds without it, in words. */
    Key usually(String words) {
        return new Key(name, takes, needed, usual, words, effect, danger);
    }

    Key required() {
        return new Key(name, takes, true, usual, "none, it must be given", effect, danger);
    }

    /** What holds without it, for readers; empty when there is nothing to say. */
    String byDefault() {
        if (usually != null) return usually;
        return usual == null ? "" : "`" + usual + "`";
    }
}
