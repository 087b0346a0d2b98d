package dev.sluice.config;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a route tells browsers: {@code cors} and {@code securityHeaders}. */
final class BrowserBinder {
    private static final List<String> POLICIES = List.of(
            "no-referrer",
            "no-referrer-when-downgrade",
            "origin",
            "origin-when-cross-origin",
            "same-origin",
            "strict-origin",
            "strict-origin-when-cross-origin",
            "unsafe-url");
    private static final String ORIGIN = "https://app.example.com, https://*.example.com, a list of them, or \"*\"";

    private final Problems problems;

    BrowserBinder(Problems problems) {
        this.problems = problems;
    }

    @Nullable
    CorsConfig cors(Section route) {
        Section section = null;
        // Not joined: what the defaults allow to some origins is not for those that the route names.
        for (Section.Layer layer : Section.Layer.nearest(route.layers("cors")))
            section = Section.of(layer.node(), layer.path(), problems, BrowserKeys.CORS);
        if (section == null) return null;
        if (section.value("origins") == null) section.missing("origins", ORIGIN);
        List<String> origins = section.list("origins", "an origin", ORIGIN, BrowserBinder::origin);
        boolean credentials = section.flag("credentials", false);
        Node given = section.value("origins");
        if (given != null && origins.contains("*")) {
            if (origins.size() > 1)
                problems.add(given.at(), section.path("origins"), "\"*\" stands beside others (expected it alone)");
            if (credentials)
                refuse(
                        section,
                        "credentials",
                        "goes with no \"*\", which would let every site in (expected its origins)",
                        given,
                        section.path("origins"));
        }
        return new CorsConfig(
                origins,
                section.list("methods", "a method", "PUT, or a list", BrowserBinder::method),
                section.list("headers", "a field name", "X-Version, a list, or \"*\"", BrowserBinder::field),
                section.list("expose", "a field name", "X-Total, or a list", BrowserBinder::field),
                credentials,
                section.duration("maxAge", Duration.ofMinutes(10)));
    }

    /** A key that may be among the defaults, where it is right for others: then the fault is told at what it does not go with. */
    private void refuse(Section section, String key, String message, Node other, String path) {
        if (section.says(key)) section.refuse(key, message);
        else problems.add(other.at(), path, section.path(key) + " " + message);
    }

    private static String origin(String text) {
        if (text.equals("*")) return text;
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.matches("https?://(\\*\\.)?[a-z0-9.-]+(:\\d{1,5})?")
                || lower.matches("https?://\\[[0-9a-f:]+](:\\d{1,5})?")) return lower;
        throw new IllegalArgumentException(Text.quote(text) + " is no origin (expected " + ORIGIN + ")");
    }

    private static String method(String text) {
        if (text.matches("[A-Z]{1,32}") || text.equals("*")) return text;
        throw new IllegalArgumentException(Text.quote(text) + " is not a method (expected PUT, or a list)");
    }

    private static String field(String text) {
        if (FieldEditsBinder.isName(text)) return text;
        throw new IllegalArgumentException(Text.quote(text) + " is not a field name (expected X-Version)");
    }

    @Nullable
    SecurityHeadersConfig securityHeaders(Section route) {
        Node node = route.value("securityHeaders");
        if (node == null) return null;
        SecurityHeadersConfig usual = SecurityHeadersConfig.DEFAULTS;
        if (node instanceof Node.Scalar s && s.kind() == Node.Kind.BOOLEAN)
            return route.flag("securityHeaders", false) ? usual : null;
        if (node instanceof Node.Scalar && !Section.isNull(node)) {
            String keys = String.join(", ", BrowserKeys.SECURITY.names());
            problems.unexpected(node, route.path("securityHeaders"), "a switch", "true, or a mapping of " + keys);
            return null;
        }
        Section section = route.nested("securityHeaders", BrowserKeys.SECURITY);
        if (section == null) return null;
        Duration hsts = section.value("hsts") == null ? usual.hsts() : section.durationOrOff("hsts");
        boolean subDomains = section.flag("includeSubDomains", false);
        boolean preload = section.flag("preload", false);
        if (preload && (hsts == null || !subDomains || hsts.compareTo(Duration.ofDays(365)) < 0))
            refuse(
                    section,
                    "preload",
                    "goes with hsts of 8760h at least and includeSubDomains (expected both)",
                    node,
                    section.path());
        return new SecurityHeadersConfig(
                hsts,
                subDomains,
                preload,
                word(section, "frameOptions", List.of("DENY", "SAMEORIGIN"), usual.frameOptions()),
                word(section, "referrerPolicy", POLICIES, usual.referrerPolicy()),
                section.flag("contentTypeOptions", usual.contentTypeOptions()));
    }

    private static @Nullable String word(Section section, String key, List<String> words, @Nullable String usual) {
        if (section.value(key) == null) return usual;
        String expected = String.join(", ", words) + " or off";
        String word = section.parsed(key, "a word", expected, text -> {
            if (text.equals("off") || words.contains(text)) return text;
            throw new IllegalArgumentException(Text.quote(text) + " is unknown (expected " + expected + ")");
        });
        return word == null || word.equals("off") ? null : word;
    }
}
