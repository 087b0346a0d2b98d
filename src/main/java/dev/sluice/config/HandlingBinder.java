package dev.sluice.config;

import dev.sluice.config.RequestConfig.HostConfig;
import dev.sluice.config.RequestConfig.Rewrite;
import dev.sluice.config.ResponseConfig.Coding;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a route says of how messages are changed on their way. */
final class HandlingBinder {
    /** Those that need a backend. */
    static final List<String> WITH_BACKENDS = List.of("request", "timeouts", "mirror", "interceptErrors");

    private final Problems problems;
    private final PoolBinder pools;
    private final PageBinder pages;
    private final BrowserBinder browsers;

    HandlingBinder(Problems problems, PoolBinder pools, SecretFiles files) {
        this.problems = problems;
        this.pools = pools;
        this.pages = new PageBinder(problems, files);
        this.browsers = new BrowserBinder(problems);
    }

    HandlingConfig bind(Section route) {
        return new HandlingConfig(
                request(route.nested("request", HandlingKeys.REQUEST)),
                response(route.nested("response", HandlingKeys.RESPONSE)),
                timeouts(route.nested("timeouts", HandlingKeys.TIMEOUTS)),
                new ErrorPagesConfig(pages.bind(route), intercepts(route)),
                pages.maintenance(route),
                mirror(route.value("mirror"), route.path("mirror")),
                browsers.cors(route),
                browsers.securityHeaders(route));
    }

    private boolean intercepts(Section route) {
        boolean intercept = route.flag("interceptErrors", false);
        boolean pages = route.value("errorPages") != null;
        if (intercept && !pages) route.refuse("interceptErrors", "goes with errorPages (expected them beside it)");
        return intercept && pages;
    }

    private RequestConfig request(@Nullable Section section) {
        if (section == null) return RequestConfig.NONE;
        return new RequestConfig(
                section.parsed("stripPrefix", "a path", "a path such as /api", HandlingBinder::prefix),
                section.parsed("addPrefix", "a path", "a path such as /v2", HandlingBinder::prefix),
                rewrite(section.value("rewrite"), section.path("rewrite")),
                host(section),
                new FieldEditsBinder(problems, true).bind(section.value("headers"), section.path("headers")),
                section.size("maxBody", -1));
    }

    private static String prefix(String text) {
        String prefix = RouteConfig.prefix(text);
        if (prefix == null) throw new IllegalArgumentException("\"/\" is no prefix (expected a path such as /api)");
        return prefix;
    }

    private @Nullable Rewrite rewrite(@Nullable Node node, String path) {
        Section section = node == null ? null : Section.of(node, path, problems, HandlingKeys.REWRITE);
        if (section == null) return null;
        String example = "a regular expression such as '/u/([0-9]+)'";
        String pattern = section.parsed("pattern", "a regular expression", example, text -> {
            Expression.compile(text);
            return text;
        });
        if (section.value("pattern") == null) section.missing("pattern", example);
        if (section.value("to") == null) section.missing("to", "a path such as /users/$1");
        if (pattern == null) return null;
        int groups = Expression.compile(pattern).groupCount();
        String to = section.parsed("to", "a path", "a path such as /users/$1", text -> replacement(text, groups));
        return to == null ? null : new Rewrite(pattern, to);
    }

    private static String replacement(String text, int groups) {
        if (!text.startsWith("/"))
            throw new IllegalArgumentException(Text.quote(text) + " does not start with / (expected /users/$1)");
        if (text.matches(".*[\\x00-\\x20\\x7f#].*"))
            throw new IllegalArgumentException(Text.quote(text)
                    + " holds a space, a # or a control character (expected a path such as /users/$1)");
        for (int at = text.indexOf('$'); at >= 0; at = text.indexOf('$', at + 1)) {
            String rest = text.substring(at + 1);
            if (!rest.matches("\\d.*"))
                throw new IllegalArgumentException(Text.quote(text) + " holds a $ without a number (expected $1)");
            if (rest.charAt(0) - '0' > groups)
                throw new IllegalArgumentException(
                        "$" + rest.charAt(0) + " is no group of the pattern (expected at most $" + groups + ")");
        }
        return text;
    }

    private @Nullable HostConfig host(Section section) {
        String expected = "a host, {host}, or backend for each backend's own";
        return section.parsed("host", "a host", expected, text -> {
            if (text.equals("backend")) return new HostConfig(null);
            if (!text.matches("[A-Za-z0-9.:\\[\\]_{}-]+"))
                throw new IllegalArgumentException(Text.quote(text) + " is no host (expected " + expected + ")");
            return new HostConfig(Template.parse(text));
        });
    }

    private ResponseConfig response(@Nullable Section section) {
        if (section == null) return ResponseConfig.DEFAULTS;
        return new ResponseConfig(
                new FieldEditsBinder(problems, false).bind(section.value("headers"), section.path("headers")),
                codings(section),
                section.flag("rewriteLocation", true),
                section.flag("rewriteCookies", true));
    }

    private List<Coding> codings(Section section) {
        Node node = section.value("compress");
        if (node instanceof Node.Scalar s && s.kind() == Node.Kind.BOOLEAN)
            return section.flag("compress", false) ? List.of(Coding.values()) : List.of();
        String expected = "zstd, br, gzip, a list of them, or true";
        List<Coding> codings = section.list(
                "compress",
                "a coding",
                expected,
                text -> Arrays.stream(Coding.values())
                        .filter(coding -> Section.word(coding).equals(text))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException(
                                Text.quote(text) + " is no coding (expected " + expected + ")")));
        return codings.stream().distinct().toList();
    }

    private TimeoutsConfig timeouts(@Nullable Section section) {
        if (section == null) return TimeoutsConfig.NONE;
        boolean off =
                section.value("total") instanceof Node.Scalar s && s.text().equals("off");
        return new TimeoutsConfig(
                section.durationOrNull("firstByte"),
                section.durationOrNull("idle"),
                off ? Duration.ZERO : section.durationOrNull("total"),
                section.durationOrNull("stream"),
                section.durationOrNull("tunnel"));
    }

    private @Nullable MirrorConfig mirror(@Nullable Node node, String path) {
        Section section = node == null ? null : Section.of(node, path, problems, HandlingKeys.MIRROR);
        if (section == null) {
            if (node != null) pools.unresolved();
            return null;
        }
        if (section.value("pool") == null) {
            pools.unresolved();
            section.missing("pool", "one of those in pools");
        }
        int percent = section.percent("share", 100);
        PoolConfig pool = section.value("pool") == null ? null : pools.use(section);
        return pool == null ? null : new MirrorConfig(pool, percent);
    }
}
