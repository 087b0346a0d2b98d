package dev.sluice.config;

import dev.sluice.config.FieldEdits.FieldEdit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The sections {@code headers} of {@code request} and {@code response}. */
final class FieldEditsBinder {
    /** Those that frame a message or belong to a connection: changed, they would let one request pass for two. */
    private static final Set<String> FRAMING = Set.of(
            "connection",
            "content-length",
            "expect",
            "http2-settings",
            "keep-alive",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private static final String TEMPLATE = "a text, with placeholders such as {client} where wanted";

    private final Problems problems;
    private final boolean request;

    FieldEditsBinder(Problems problems, boolean request) {
        this.problems = problems;
        this.request = request;
    }

    /** Whether a header field can be called so (RFC 9110 §5.1). */
    static boolean isName(String text) {
        return text.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}");
    }

    FieldEdits bind(@Nullable Node node, String path) {
        if (node == null) return FieldEdits.NONE;
        Section section = Section.of(node, path, problems, HandlingKeys.HEADERS);
        if (section == null) return FieldEdits.NONE;
        return new FieldEdits(
                edits(section, "set"), edits(section, "add"), section.list("remove", "a name", "X-Debug", this::name));
    }

    private List<FieldEdit> edits(Section section, String key) {
        List<FieldEdit> edits = new ArrayList<>();
        Node node = section.value(key);
        if (node == null) return edits;
        if (!(node instanceof Node.Mapping mapping)) {
            problems.unexpected(node, section.path(key), "a mapping", "one such as { X-Client: \"{client}\" }");
            return edits;
        }
        mapping.entries().forEach((name, entry) -> {
            String path = Text.join(section.path(key), name);
            String flaw = flaw(name, request);
            if (flaw != null) problems.add(entry.keyAt(), path, Text.quote(name) + " " + flaw);
            for (Node value : entry.value() instanceof Node.Sequence list ? list.items() : List.of(entry.value())) {
                String text = Section.text(value, path, problems, "a text", TEMPLATE);
                Template template =
                        text == null ? null : Section.parsed(value, path, problems, text, FieldEditsBinder::value);
                if (template != null && flaw == null) edits.add(new FieldEdit(name, template));
            }
        });
        return edits;
    }

    private String name(String text) {
        String flaw = flaw(text, request);
        if (flaw != null) throw new IllegalArgumentException(Text.quote(text) + " " + flaw);
        return text;
    }

    /** What is wrong with the name of a field that is to be changed; null for nothing. */
    static @Nullable String flaw(String name, boolean request) {
        if (!isName(name)) return "is not a field name (expected letters, digits and - such as X-Version)";
        String lower = name.toLowerCase(Locale.ROOT);
        if (FRAMING.contains(lower)) return "frames the message (expected a field that is not the proxy's own)";
        return request && lower.equals("host") ? "has a key of its own (expected it as host: beside headers)" : null;
    }

    /** Without what would end the field. */
    static Template value(String text) {
        if (text.chars().anyMatch(c -> c < ' ' && c != '\t' || c == 0x7f || c > 0xff))
            throw new IllegalArgumentException(
                    Text.quote(text) + " holds what no field can (expected printable characters of ISO-8859-1)");
        return Template.parse(text);
    }
}
