package dev.sluice.routing;

import static dev.sluice.routing.RouteTableTest.outcome;
import static dev.sluice.routing.RouteTableTest.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Once;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What must hold for every path, shown for some thousands of random ones; the seeds are fixed. */
@Once
class RouteTablePropertyTest {
    private static final List<String> PREFIXES = List.of("/a", "/b", "/a/b", "/a/b/a", "/b/api", "/api");
    private static final String[] PLAIN = {
        "/", "/a", "/b", "/api", "/a/b", "/a/b/a", "/b/api", "x", ".", "..", "/..", "/.", "-"
    };
    private static final String[] ODD = {
        "//",
        "%2F",
        "%2f..",
        "\\",
        "%5c",
        "\\..",
        ";",
        ";x=1",
        "/..;",
        "%2e",
        "%2e%2e",
        "/%2e%2E/",
        "%61",
        "%252f",
        "%3b"
    };

    private static String randomPath(Random random, double odd) {
        StringBuilder path = new StringBuilder();
        for (int i = random.nextInt(8); i >= 0; i--) {
            String[] pieces = random.nextDouble() < odd ? ODD : PLAIN;
            path.append(pieces[random.nextInt(pieces.length)]);
        }
        return path.indexOf("/") == 0 ? path.toString() : "/" + path;
    }

    private static RouteTable withFallback(List<String> prefixes) {
        List<@Nullable String> paths = new ArrayList<>(prefixes);
        paths.add(null);
        return table(paths.toArray(String[]::new));
    }

    @Test
    void theResultIsThatOfTheSlowAndObviousWay() {
        Random random = new Random(20);
        List<List<String>> tables = List.of(List.of(), List.of("/api"), List.of("/a", "/a/b"), PREFIXES);
        List<RouteTable> built =
                tables.stream().map(RouteTablePropertyTest::withFallback).toList();
        Map<String, Integer> seen = new TreeMap<>();
        for (int i = 0; i < 6_000; i++) {
            String path = randomPath(random, i % 4 * 0.2);
            Set<String> readings = ReferenceMatcher.readings(path);
            for (int t = 0; t < tables.size(); t++) {
                String expected = ReferenceMatcher.outcome(readings, tables.get(t));
                assertThat(outcome(built.get(t).match(path))).as(path).isEqualTo(expected);
                seen.merge(expected, 1, Integer::sum);
            }
        }
        // The paths were not all of one kind.
        assertThat(seen)
                .containsKeys("default", "refused", "/a", "/b", "/a/b", "/a/b/a", "/b/api", "/api")
                .allSatisfy((outcome, count) -> assertThat(count).isGreaterThan(30));
    }

    @Test
    void theFastWayAndTheFullWayAgree() {
        Random random = new Random(21);
        RouteTable table = withFallback(PREFIXES);
        for (int i = 0; i < 50_000; i++) {
            String path = randomPath(random, i % 4 * 0.1);
            assertThat(table.match(path)).as(path).isEqualTo(table.matchInEveryReading(path, StatedRequest.NOTHING));
        }
    }

    @Test
    void unrelatedRoutesChangeNothing() {
        Random random = new Random(22);
        List<String> more = new ArrayList<>(PREFIXES);
        for (int i = 0; i < 1000; i++) {
            more.add(PREFIXES.get(i % PREFIXES.size()) + "/unrelated-" + i);
        }
        RouteTable few = withFallback(PREFIXES);
        RouteTable many = withFallback(more);
        for (int i = 0; i < 20_000; i++) {
            String path = randomPath(random, random.nextDouble());
            assertThat(outcome(many.match(path))).as(path).isEqualTo(outcome(few.match(path)));
        }
    }

    @Test
    void whateverComesThereIsAnAnswer() {
        Random random = new Random(23);
        RouteTable table = withFallback(PREFIXES);
        String alphabet = "/.%;\\25cCfFeEaA0b?#*\u0000\u0080\u00c0\u00af\u4e2d\ud83d ";
        for (int i = 0; i < 100_000; i++) {
            StringBuilder path = new StringBuilder(random.nextInt(10) == 0 ? "" : "/");
            for (int n = random.nextInt(12); n > 0; n--) {
                path.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            assertThat(table.match(path.toString())).as("%s", path).isNotNull();
        }
    }

    @Test
    void plainPathsAreFoundWhereverTheRouteStandsInTheList() {
        Random random = new Random(24);
        List<String> reversed = new ArrayList<>(PREFIXES);
        Collections.reverse(reversed);
        RouteTable one = withFallback(PREFIXES);
        RouteTable other = withFallback(reversed);
        for (int i = 0; i < 10_000; i++) {
            String path = randomPath(random, 0.2);
            assertThat(outcome(one.match(path))).as(path).isEqualTo(outcome(other.match(path)));
        }
    }
}
