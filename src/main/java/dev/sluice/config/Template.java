package dev.sluice.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A text with placeholders for what is known of a request: {@code https://{host}{uri}}. Two braces, <code>{{</code>, are one
 * that means itself. Immutable.
 *
 * @param text as it is written
 * @param parts in their order
 */
public record Template(String text, List<Part> parts) {
    /** What stands between placeholders, or for one. */
    public sealed interface Part {}

    /** Itself. */
    public record Literal(String text) implements Part {}

    /**
     * What is known of a request.
     *
     * @param fact which
     * @param argument a name, or the number of a group; empty for facts that take none
     */
    public record Placeholder(Fact fact, String argument) implements Part {}

    /** What can stand between braces. One that takes an argument ends in a dot. */
    public enum Fact {
        /** The client's address, behind proxies that are trusted. */
        CLIENT("client"),
        /** The port that its connection comes from. */
        CLIENT_PORT("client.port"),
        /** Host and port that it asked for. */
        HOST("host"),
        /** The same without the port. */
        HOSTNAME("hostname"),
        METHOD("method"),
        /** {@code http} or {@code https}, as the client sees it. */
        SCHEME("scheme"),
        /** Raw, as the client sent it. */
        PATH("path"),
        /** Raw, without the question mark; empty without one. */
        QUERY("query"),
        /** Path, and query where there is one. */
        URI("uri"),
        ROUTE("route"),
        LISTENER("listener"),
        REQUEST_ID("requestId"),
        TLS_VERSION("tls.version"),
        TLS_CIPHER("tls.cipher"),
        /** The name that the client asked for in its handshake. */
        TLS_SNI("tls.sni"),
        TLS_CLIENT_SUBJECT("tls.client.subject"),
        /** SHA-256 of the client's certificate, in lower-case hexadecimal digits. */
        TLS_CLIENT_FINGERPRINT("tls.client.fingerprint"),
        /** The first value of a header field. */
        HEADER("header."),
        COOKIE("cookie."),
        /** A parameter of the query, decoded. */
        PARAMETER("query."),
        /** What a group of the route's {@code pathPattern} matched, from 1. */
        GROUP("path.");

        private final String word;

        Fact(String word) {
            this.word = word;
        }

        /** As it is written. */
        public String word() {
            return word;
        }

        boolean takesArgument() {
            return word.endsWith(".");
        }
    }

    private static final String EXPECTED = "one such as {client}, {host}, {uri}, {requestId} or {header.X-Name}";

    public Template {
        parts = List.copyOf(parts);
    }

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException when a brace is not closed or a placeholder is none; the message says what was expected
     */
    public static Template parse(String text) {
        List<Part> parts = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean twice = i + 1 < text.length() && text.charAt(i + 1) == c;
            if (c == '{' && !twice) {
                int end = text.indexOf('}', i);
                if (end < 0)
                    throw new IllegalArgumentException(
                            Text.quote(text) + " has a { that is not closed (expected }, or {{ for a plain one)");
                if (literal.length() > 0) parts.add(new Literal(literal.toString()));
                literal.setLength(0);
                parts.add(placeholder(text.substring(i + 1, end)));
                i = end;
            } else {
                if (c == '{') i++;
                literal.append(c);
            }
        }
        if (literal.length() > 0) parts.add(new Literal(literal.toString()));
        return new Template(text, parts);
    }

    private static Placeholder placeholder(String word) {
        for (Fact fact : Fact.values()) {
            if (!fact.takesArgument() && fact.word.equals(word)) return new Placeholder(fact, "");
            if (!fact.takesArgument() || !word.startsWith(fact.word)) continue;
            String argument = word.substring(fact.word.length());
            boolean name = argument.matches(fact == Fact.GROUP ? "[1-9]\\d?" : "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}");
            if (name) return new Placeholder(fact, argument);
        }
        List<String> known = new ArrayList<>();
        for (Fact fact : Fact.values()) known.add(fact.word);
        String meant = Text.nearest(word, known);
        String hint = meant == null || meant.endsWith(".") ? "" : "; did you mean {" + meant + "}?";
        throw new IllegalArgumentException(
                Text.quote("{" + word + "}") + " is no placeholder (expected " + EXPECTED + hint + ")");
    }

    /** One that stands for nothing but itself. */
    public static Template literal(String text) {
        return new Template(text.replace("{", "{{"), text.isEmpty() ? List.of() : List.of(new Literal(text)));
    }

    /** The text, where there is no placeholder in it; else null. */
    public @Nullable String constant() {
        if (parts.isEmpty()) return "";
        return parts.size() == 1 && parts.get(0) instanceof Literal literal ? literal.text() : null;
    }

    /** The highest number of a group that it asks for; 0 for none. */
    public int groups() {
        int highest = 0;
        for (Part part : parts)
            if (part instanceof Placeholder p && p.fact() == Fact.GROUP)
                highest = Math.max(highest, Integer.parseInt(p.argument()));
        return highest;
    }

    /** Whether it asks for that. */
    public boolean asksFor(Fact fact) {
        return parts.stream().anyMatch(part -> part instanceof Placeholder p && p.fact() == fact);
    }

    @Override
    public String toString() {
        return text;
    }

    /** The words of all placeholders, for documentation; those that take an argument with what it is. */
    public static List<String> words() {
        Map<Fact, String> arguments =
                Map.of(Fact.HEADER, "NAME", Fact.COOKIE, "NAME", Fact.PARAMETER, "NAME", Fact.GROUP, "1");
        List<String> words = new ArrayList<>();
        for (Fact fact : Fact.values()) words.add("{" + fact.word + arguments.getOrDefault(fact, "") + "}");
        words.sort((a, b) -> a.toLowerCase(Locale.ROOT).compareTo(b.toLowerCase(Locale.ROOT)));
        return words;
    }
}
