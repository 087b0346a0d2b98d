package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.sluice.config.Conditions;
import dev.sluice.config.RouteConfig;
import dev.sluice.routing.RouteMatch.Found;
import dev.sluice.routing.RouteMatch.None;
import dev.sluice.routing.RouteMatch.Refused;
import dev.sluice.testkit.Once;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Once
class RouteTableTest {
    private static final RouteTable API_AND_FALLBACK = table("/api", null);

    static RouteTable table(@Nullable String... paths) {
        List<RouteConfig> configs = new ArrayList<>();
        for (String path : paths) {
            configs.add(new RouteConfig(path == null ? "default" : path, path, List.of()));
        }
        return RouteTable.of(configs);
    }

    /** The name of the route, {@code "none"} or {@code "refused"}. */
    static String outcome(RouteMatch match) {
        if (match instanceof Found found) {
            return found.route().name();
        }
        return match instanceof None ? "none" : "refused";
    }

    private static String reason(RouteTable table, String path) {
        return ((Refused) table.match(path)).reason();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api",
                "/api/",
                "/api/x",
                "/api/x/y/",
                "/api//x",
                "/api//",
                "/api/.",
                "/api/./x",
                "/api/x/..",
                "/api/...",
                "/./api",
                "/x/../api",
                "/x/../api/y",
                "/x/y/../../api",
                "/%61pi",
                "/ap%69/x",
                "/api/a%2Fb",
                "/api/a%5Cb",
                "/api/a\\b",
                "/api/;x=1",
                "/api/x;y",
                "/api/a;p/../b",
                "/api/%252e%252e/x",
                "/api/a%2eb",
                "/api/%2e",
                "/api/|{}^`\"<> ",
                "/api/\u00e9",
                "/api/%e9",
                "/api/%0a",
                "/api/.hidden"
            })
    void pathUnderThePrefixInEveryReadingIsFound(String path) {
        assertThat(outcome(API_AND_FALLBACK.match(path))).isEqualTo("/api");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/apix",
                "/ap",
                "/API",
                "/api.",
                "/api-v2/x",
                "/x/api",
                "/.well-known/api",
                "/...",
                "/.",
                "/api/..",
                "/api/../x",
                "/api/x/../..",
                "/a%2Fb",
                "/a%2fb",
                "/a//b",
                "/a/../b",
                "/;x=1",
                "/a|b",
                "/{}",
                "/a\\b",
                "/a%5Cb",
                "/a%2e",
                "/a.%2e",
                "//",
                "//x",
                "/x;api",
                "/x;/api",
                "/x%3B/api",
                "/api%3Bx",
                "/api%252Fx",
                "/api%25",
                "/\u00e9\u4e2d\ud83d\ude00",
                "/%E4%B8%AD",
                "/%ff",
                "/%e9t%e9",
                "/%C0%B4",
                "/%c3%af",
                "/%C0",
                "/%E0%80",
                "/api%20x",
                "/%2561pi",
                "/a%0d%0a"
            })
    void pathOutsideThePrefixInEveryReadingFallsBack(String path) {
        assertThat(outcome(API_AND_FALLBACK.match(path))).isEqualTo("default");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // An encoded slash: a separator or data.
                "/api%2Fx",
                "/api%2fx",
                "/api%2F",
                "/x/..%2fapi",
                "/%2Fapi",
                "/x%2f../api",
                "/api/x%2fy/../..",
                // A backslash, raw or encoded.
                "/api\\x",
                "/api%5Cx",
                "/x\\..\\api",
                "/x/..%5Capi",
                "/\\api",
                "/api%5Cx\\..",
                // Parameters: cut or kept.
                "/api;x=1",
                "/api;",
                "/api;x=1/y",
                "/a/..;/api/x",
                "/api/..;/x",
                "/api/..;x=1/y",
                "/a/..;%2fb/api",
                // Empty segments: merged or kept.
                "//api",
                "///api/x",
                "/x/..//api",
                "/api//../x",
                "/;/api",
                "/;x//api",
                // Encoded dots: a dot segment or data.
                "/api/%2e%2e/x",
                "/api/.%2E/x",
                "/api/%2e./x",
                "/x/%2e%2e/api",
                "/%2e/api",
                // Several at once.
                "/api/%2e%2e%2fx",
                "/x%5c%2e%2e%5capi",
                "/x;/..;/;%2fapi"
            })
    void pathThatSelectsOneRouteOrTheOtherIsRefusedWithBothNamed(String path) {
        assertThat(API_AND_FALLBACK.match(path)).isInstanceOf(Refused.class);
        assertThat(reason(API_AND_FALLBACK, path)).contains("route /api").contains("route default");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/..",
                "/../api",
                "/a/../..",
                "/a/../../b",
                "/%2e%2e/api",
                "/.%2e",
                "/..%2fapi",
                "/..\\x",
                "/..%5Cx",
                "/..;/api",
                "/;/../api",
                "/a//../..",
                "/a/%2e%2e/..",
                "/a%2f..%2f..%2f..",
                "//..",
                "/./..",
                "/api/../../api",
                "/a;x/..;y/..;z/"
            })
    void pathThatClimbsAboveTheRootInAnyReadingIsRefused(String path) {
        assertThat(reason(API_AND_FALLBACK, path)).isEqualTo("path climbs above the root");
        assertThat(outcome(table("/api").match(path))).isEqualTo("refused");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/%zz", "/%4", "/%", "/api/%2", "/api/%g0", "/%-1", "/%u002f", "/%\uff12\uff16", "/%%41", "/% 1"
            })
    void malformedPercentEncodingIsRefused(String path) {
        assertThat(reason(API_AND_FALLBACK, path)).isEqualTo("path holds a malformed percent-encoding");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/%00", "/api%00", "/api/x%00.html", "/a\u0000", "/a\tb", "/a\r\n", "/a\u001f", "/\u007f"})
    void nulAndRawControlCharactersAreRefused(String path) {
        assertThat(outcome(API_AND_FALLBACK.match(path))).isEqualTo("refused");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/%c0%af", "/x/%C0%AE%C0%AE/api", "/%c0%ae", "/%e0%80%af", "/%E0%80%AE", "/%f0%80%80%af",
                "/%f8%80%80%80%af", "/%fc%80%80%80%80%af", "/%c1%9c", "/%c0%bb", "/%c0%80", "/\u00c0\u00af",
                "/\u00c0%af", "/%c0\u00af"
            })
    void overlongUtf8OfWhatShapesAPathIsRefused(String path) {
        assertThat(reason(API_AND_FALLBACK, path)).isEqualTo("path holds an overlong UTF-8 sequence");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "api",
                "\\api",
                "**",
                "*/",
                "http://host/api",
                "%2fapi",
                "?",
                ";",
                "/a?b",
                "/a#/../api",
                "/\ud83d"
            })
    void whatIsNoPathIsRefused(String path) {
        assertThat(outcome(API_AND_FALLBACK.match(path))).isEqualTo("refused");
    }

    @Test
    void asteriskIsServedByTheRouteWithoutAPathOnly() {
        assertThat(outcome(API_AND_FALLBACK.match("*"))).isEqualTo("default");
        assertThat(outcome(table("/api", "/").match("*"))).isEqualTo("none");
        assertThat(outcome(table("/", null).match("*"))).isEqualTo("default");
    }

    @Test
    void withoutAFallbackWhatNoPrefixCoversIsNone() {
        RouteTable table = table("/api");
        assertThat(outcome(table.match("/x"))).isEqualTo("none");
        assertThat(outcome(table.match("/a%2fb"))).isEqualTo("none");
        assertThat(reason(table, "//api")).contains("no route").contains("route /api");
        assertThat(outcome(table().match("/"))).isEqualTo("none");
    }

    @Test
    void theLongestPrefixWinsInAnyOrder() {
        for (RouteTable table : List.of(table(null, "/", "/a", "/a/b/c"), table("/a/b/c", "/a", "/", null))) {
            assertThat(outcome(table.match("/"))).isEqualTo("/");
            assertThat(outcome(table.match("/x"))).isEqualTo("/");
            assertThat(outcome(table.match("/a"))).isEqualTo("/a");
            assertThat(outcome(table.match("/a/b"))).isEqualTo("/a");
            assertThat(outcome(table.match("/a/b/cc"))).isEqualTo("/a");
            assertThat(outcome(table.match("/a/b/c"))).isEqualTo("/a/b/c");
            assertThat(outcome(table.match("/a/b/c/d"))).isEqualTo("/a/b/c");
            assertThat(outcome(table.match("/a/x/b/c"))).isEqualTo("/a");
        }
    }

    @Test
    void onlyTheReadingInWhichDotsComeBeforeMergingSelectsTheRouteAndSoItIsRefused() {
        assertThat(outcome(table("/y/api", null).match("/y//x//../../api"))).isEqualTo("refused");
    }

    @Test
    void parametersThatSwallowAnEncodedSlashCountAsAReading() {
        // Cut first and decoded then, this is /a/b/e.
        assertThat(outcome(table("/a/b/e", null).match("/a%2fb;c%2fd/e"))).isEqualTo("refused");
    }

    @Test
    void prefixesBeyondAsciiMatchTheirUtf8RawAndEncoded() {
        RouteTable table = table("/caf\u00e9", "/\u4e2d", null);
        assertThat(outcome(table.match("/caf\u00e9/x"))).isEqualTo("/caf\u00e9");
        assertThat(outcome(table.match("/caf%C3%A9"))).isEqualTo("/caf\u00e9");
        assertThat(outcome(table.match("/caf%E9"))).isEqualTo("default");
        assertThat(outcome(table.match("/%e4%b8%ad"))).isEqualTo("/\u4e2d");
        assertThat(outcome(table.match("/\u4e2d"))).isEqualTo("/\u4e2d");
        assertThat(outcome(table("/a b").match("/a%20b"))).isEqualTo("/a b");
    }

    @Test
    void routesKnowTheirPlaceInTheFile() {
        assertThat(API_AND_FALLBACK.routes())
                .containsExactly(
                        new Route(0, "/api", Conditions.prefix("/api"), null),
                        new Route(1, "default", Conditions.NONE, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "api", "/api/", "//", "/a//b", "/a/../b", "/.", "/a%2fb", "/a;b", "/a\\b", "/a?", "/a#", "/a\n"
            })
    void prefixThatIsNotInPlainFormStopsTheBuild(String path) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> table(null, path))
                .withMessageStartingWith("routes[1].path: \"" + path + "\" (expected: a decoded path such as /api");
    }

    @Test
    void twoRoutesWithTheSamePathStopTheBuild() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> table("/a", "/b", "/a"))
                .withMessage(
                        "routes[2].path: \"/a\" (expected: a path that no other route has; routes[0] has the same)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> table(null, null))
                .withMessage("routes[1].path: none (expected: a path that no other route has; routes[0] has the same)");
    }

    @Test
    void eachOfTenThousandRoutesIsFound() {
        List<String> paths = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            paths.add(i % 2 == 0 ? "/tenant-" + i : "/group-" + i % 7 + "/service/" + i);
        }
        Collections.shuffle(paths, new Random(1));
        RouteTable table = table(paths.toArray(String[]::new));
        for (String path : paths) {
            assertThat(outcome(table.match(path))).isEqualTo(path);
            assertThat(outcome(table.match(path + "/x"))).isEqualTo(path);
            assertThat(outcome(table.match(path + "/%78"))).isEqualTo(path);
            assertThat(outcome(table.match(path + "x"))).isEqualTo("none");
        }
    }

    @Test
    void segmentsWithTheSameHashAreToldApart() {
        RouteTable table = table("/AaAa", "/BBBB", "/AaBB");
        assertThat(outcome(table.match("/BBBB"))).isEqualTo("/BBBB");
        assertThat(outcome(table.match("/AaBB/x"))).isEqualTo("/AaBB");
        assertThat(outcome(table.match("/BBAa"))).isEqualTo("none");
        assertThat(outcome(table.match("/%42BAa"))).isEqualTo("none");
        assertThat(outcome(table.match("/%41aAa"))).isEqualTo("/AaAa");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a;\\%5c%2fb//%2e", "/a%2f../", "/a//../b/..", "/..", ";/", "/", "%2e", "/\u00c0%c0"})
    void sixteenKilobytesOfTheWorstTakeNoMoreThanAPassForEachReading(String piece) {
        String path = "/x/" + piece.repeat(16 * 1024 / piece.length());
        // A bound that only something worse than linear can miss.
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            for (int i = 0; i < 20; i++) {
                assertThat(outcome(API_AND_FALLBACK.match(path))).isIn("default", "refused");
            }
        });
    }
}
