package dev.sluice.routing;

import static dev.sluice.routing.Ask.any;
import static dev.sluice.routing.Ask.exact;
import static dev.sluice.routing.Ask.from;
import static dev.sluice.routing.Ask.pattern;
import static dev.sluice.routing.Ask.prefix;
import static dev.sluice.routing.Ask.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.Cidr;
import dev.sluice.config.Conditions;
import dev.sluice.config.PathCondition;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.ValueCondition;
import dev.sluice.config.ValueCondition.Kind;
import dev.sluice.testkit.Once;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Thousands of random tables and requests, beside a matcher that tries every route in every reading; seeds are fixed. */
@Once
class RouteConditionsPropertyTest {
    private static final String[] HOSTS = {"a.example", "*.example", "b.a.example", "*.a.example", "10.0.0.1"};
    private static final String[] ASKED = {
        "a.example", "b.a.example", "c.a.example", "c.example", "example", "10.0.0.1", ""
    };
    private static final PathCondition[] PATHS = {
        prefix("/"),
        prefix("/a"),
        prefix("/a/b"),
        prefix("/b"),
        exact("/"),
        exact("/a"),
        exact("/a/"),
        exact("/a/b"),
        pattern("/a/[^/]*"),
        pattern("/.*"),
        pattern("/a/b/.*"),
        pattern("/(a|b)"),
        pattern("/a|/b/.*"),
        pattern(".*b")
    };
    private static final String[] PIECES = {
        "/", "/a", "/b", "/a/b", "/..", "/.", "x", "//", "%2F", "\\", "%5c", ";", ";x", "/%2e%2e", "%61", "/%2e"
    };
    private static final Map<String, Set<String>> READINGS = new HashMap<>();

    private final Random random = new Random(31);

    private <T> T one(T[] values) {
        return values[random.nextInt(values.length)];
    }

    /** None, mostly, or some of them. */
    private <T> List<T> some(List<T> values) {
        return random.nextInt(3) > 0
                ? List.of()
                : values.stream().filter(v -> random.nextBoolean()).toList();
    }

    private List<ValueCondition> values(String... names) {
        return some(Stream.of(names)
                .map(name -> switch (random.nextInt(4)) {
                    case 0 -> new ValueCondition(name, Kind.PRESENT, "");
                    case 1 -> new ValueCondition(name, Kind.ABSENT, "");
                    case 2 -> new ValueCondition(name, Kind.PATTERN, "[12]");
                    default -> ValueCondition.of(name, "" + random.nextInt(2));
                })
                .toList());
    }

    private Conditions conditions() {
        return any().withHosts(some(Arrays.asList(HOSTS)))
                .withPath(random.nextInt(4) == 0 ? null : one(PATHS))
                .withMethods(some(List.of("GET", "PUT")))
                .withHeaders(values("h", "i", "j"))
                .withQuery(values("p", "q"))
                .withCookies(values("c", "d"))
                .withClients(some(List.of(Cidr.parse("10.0.0.0/8"), Cidr.parse("11.0.0.1"))))
                .withListeners(some(List.of("http", "https")));
    }

    private List<RouteConfig> routes() {
        Set<Conditions> known = new HashSet<>();
        List<RouteConfig> routes = new ArrayList<>();
        // Some tables have so many that they are looked up.
        for (int i = random.nextInt(5) == 0 ? 150 : random.nextInt(12); i >= 0; i--) {
            Conditions conditions = conditions();
            if (known.add(conditions)) routes.add(Ask.route("r" + routes.size(), conditions));
        }
        return routes;
    }

    private StatedRequest asked() {
        List<String> fields = new ArrayList<>();
        for (String name : List.of("h", "i", "j")) if (random.nextBoolean()) fields.add(name + ":" + random.nextInt(3));
        StringBuilder query = new StringBuilder();
        for (String name : List.of("p", "q"))
            if (random.nextBoolean()) query.append('&').append(name).append('=').append(random.nextInt(3));
        for (String name : List.of("c", "d"))
            if (random.nextBoolean()) fields.add("cookie:" + name + "=" + random.nextInt(3));
        String method = random.nextInt(3) == 0 ? "PUT" : "GET";
        String client = random.nextBoolean() ? "10.1.2.3" : "11.0.0.1";
        String host = one(ASKED);
        return from(
                request(method, host, query.toString(), fields.toArray(String[]::new)),
                client,
                random.nextBoolean() ? "http" : "https");
    }

    private String path() {
        StringBuilder path = new StringBuilder();
        for (int i = random.nextInt(4); i >= 0; i--)
            path.append(random.nextInt(3) > 0 ? PIECES[random.nextInt(5)] : one(PIECES));
        return path.indexOf("/") == 0 ? path.toString() : "/" + path;
    }

    @Test
    void theResultIsThatOfTheSlowAndObviousWay() {
        Map<String, Integer> seen = new HashMap<>();
        for (int t = 0; t < 1000; t++) {
            List<RouteConfig> routes = routes();
            RouteTable table = RouteTable.of(routes);
            for (int i = 0; i < 20; i++) {
                String path = path();
                StatedRequest request = asked();
                String expected = expected(routes, path, request);
                String found = Ask.outcome(table, path, request);
                assertThat(found)
                        .as(() -> path + " " + request + " of " + table.routes())
                        .isEqualTo(expected);
                assertThat(RouteTableTest.outcome(table.matchInEveryReading(path, request)))
                        .isEqualTo(expected);
                seen.merge(found.startsWith("r") && !found.equals("refused") ? "found" : found, 1, Integer::sum);
            }
        }
        assertThat(seen)
                .containsOnlyKeys("found", "none", "refused")
                .allSatisfy((outcome, count) -> assertThat(count).isGreaterThan(1000));
    }

    @Test
    void explanationNamesTheSameRoute() {
        for (int t = 0; t < 1000; t++) {
            RouteTable table = RouteTable.of(routes());
            for (int i = 0; i < 10; i++) {
                String path = path();
                Explanation why = table.explain(path, asked());
                if (why.match() instanceof RouteMatch.Found found)
                    assertThat(why.fitting().get(0).route()).as(path).isEqualTo(found.route());
                else if (why.match() instanceof RouteMatch.None)
                    assertThat(why.fitting()).as(path).isEmpty();
            }
        }
    }

    @Test
    void routeThatIsShadowedIsNeverFoundAndOthersAre() {
        int shadowed = 0;
        for (int t = 0; t < 1000; t++) {
            RouteTable table = RouteTable.of(routes());
            Set<String> never = new TreeSet<>();
            for (Shadowed s : table.shadowed()) never.add(s.route().name());
            shadowed += never.size();
            for (int i = 0; i < 50; i++) assertThat(never).doesNotContain(Ask.outcome(table, path(), asked()));
        }
        assertThat(shadowed).isGreaterThan(100);
    }

    // The slow and obvious way.

    private static String expected(List<RouteConfig> routes, String path, StatedRequest request) {
        Set<String> outcomes = new TreeSet<>();
        for (String reading : READINGS.computeIfAbsent(path, ReferenceMatcher::readings))
            outcomes.add(reading.equals("climbs") ? "refused" : best(routes, reading, request));
        return outcomes.size() == 1 ? outcomes.iterator().next() : "refused";
    }

    private static String best(List<RouteConfig> routes, String reading, StatedRequest request) {
        String best = "none";
        int[] rank = null;
        for (int i = 0; i < routes.size(); i++) {
            int[] its = rank(routes.get(i).conditions(), reading, request, i);
            if (its == null || rank != null && Arrays.compare(its, rank) > 0) continue;
            rank = its;
            best = routes.get(i).name();
        }
        return best;
    }

    /** Where a route stands, the lowest first; null for one that the request does not fit. */
    private static int @Nullable [] rank(Conditions c, String reading, StatedRequest request, int index) {
        int host = c.hosts().isEmpty() ? 0 : Integer.MIN_VALUE;
        for (String h : c.hosts()) {
            String asked = request.host() == null ? "" : request.host();
            if (h.equals(asked)) host = 10_000;
            if (h.startsWith("*") && asked.endsWith(h.substring(1))) host = Math.max(host, h.length());
        }
        int path = path(c.path(), reading);
        boolean fits = host >= 0
                && path >= 0
                && (c.methods().isEmpty() || c.methods().contains(request.method()))
                && (c.listeners().isEmpty() || c.listeners().contains(request.listener()))
                && (c.clients().isEmpty() || c.clients().stream().anyMatch(b -> b.contains(request.client())))
                && c.headers().stream().allMatch(v -> fits(v, first(request.fields(v.name()))))
                && c.query().stream().allMatch(v -> fits(v, pair(request.query(), "&", v.name())))
                && c.cookies().stream()
                        .allMatch(v -> fits(v, pair(String.join(";", request.fields("cookie")), ";", v.name())));
        if (!fits) return null;
        int length = c.path() == null ? 0 : c.path().text().length();
        return new int[] {
            -host,
            -path,
            -length,
            c.methods().isEmpty() ? 1 : 0,
            -c.headers().size(),
            -c.query().size(),
            -c.cookies().size(),
            c.clients().isEmpty() ? 1 : 0,
            c.listeners().isEmpty() ? 1 : 0,
            index
        };
    }

    private static int path(@Nullable PathCondition path, String reading) {
        if (path == null) return 0;
        String text = path.text();
        return switch (path.kind()) {
            case PREFIX -> text.equals("/") || (reading + "/").startsWith(text + "/") ? 1 : -1;
            case PATTERN ->
                Pattern.compile(text, Pattern.DOTALL)
                                .matcher(ReferenceMatcher.text(reading))
                                .matches()
                        ? 2
                        : -1;
            case EXACT -> reading.equals(text) ? 3 : -1;
        };
    }

    private static boolean fits(ValueCondition condition, @Nullable String value) {
        return switch (condition.kind()) {
            case EXACT -> condition.value().equals(value);
            case PATTERN -> value != null && value.matches(condition.value());
            case PRESENT -> value != null;
            case ABSENT -> value == null;
        };
    }

    private static @Nullable String first(List<String> values) {
        return values.isEmpty() ? null : values.get(0);
    }

    private static @Nullable String pair(@Nullable String text, String separator, String name) {
        for (String pair : String.valueOf(text).split(separator))
            if (pair.startsWith(name + "=")) return pair.substring(name.length() + 1);
        return null;
    }
}
