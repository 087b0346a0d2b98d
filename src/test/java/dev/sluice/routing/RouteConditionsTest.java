package dev.sluice.routing;

import static dev.sluice.routing.Ask.any;
import static dev.sluice.routing.Ask.exact;
import static dev.sluice.routing.Ask.from;
import static dev.sluice.routing.Ask.get;
import static dev.sluice.routing.Ask.host;
import static dev.sluice.routing.Ask.is;
import static dev.sluice.routing.Ask.outcome;
import static dev.sluice.routing.Ask.pattern;
import static dev.sluice.routing.Ask.prefix;
import static dev.sluice.routing.Ask.request;
import static dev.sluice.routing.Ask.route;
import static dev.sluice.routing.Ask.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.google.re2j.Pattern;
import dev.sluice.config.Cidr;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.ValueCondition;
import dev.sluice.config.ValueCondition.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a request must look like for a route, condition by condition. */
class RouteConditionsTest {
    private static final RouteTable HOSTS = table(
            route("exact", host("api.example.com")),
            route("narrow", host("*.b.example.com")),
            route("wide", host("*.example.com")),
            route("six", host("::1")),
            route("four", host("10.0.0.1")),
            route("any", any()));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "api.example.com",
                "API.Example.COM",
                "api.example.com.",
                "api.example.com:8080",
                "api.example.com.:443",
                "api.example.com:"
            })
    void hostIsComparedWithoutCasePortAndTheDotOfTheRoot(String host) {
        assertThat(get(HOSTS, host, "/")).isEqualTo("exact");
    }

    @Test
    void wildcardTakesOneLabelOrMoreInFrontAndTheLongerOneComesFirst() {
        assertThat(get(HOSTS, "x.example.com", "/")).isEqualTo("wide");
        assertThat(get(HOSTS, "y.x.example.com", "/")).isEqualTo("wide");
        assertThat(get(HOSTS, "a.b.example.com", "/")).isEqualTo("narrow");
        assertThat(get(HOSTS, "a.a.b.example.com", "/")).isEqualTo("narrow");
        assertThat(get(HOSTS, "b.example.com", "/")).isEqualTo("wide");
        assertThat(get(HOSTS, "example.com", "/")).isEqualTo("any");
        assertThat(get(HOSTS, "xexample.com", "/")).isEqualTo("any");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":80", "[", "[]", "[x]", "..", ".example.com", "*.x"})
    void whatIsNoHostIsServedByRoutesThatLookAtNone(String host) {
        assertThat(get(HOSTS, host, "/")).isEqualTo("any");
        assertThat(outcome(HOSTS, "/", request("GET", null, null))).isEqualTo("any");
    }

    @Test
    void hostLongerThanAnyIsNoHost() {
        assertThat(get(HOSTS, "x.".repeat(8000) + "example.com", "/")).isEqualTo("any");
    }

    @Test
    void kelvinSignIsNoK() {
        RouteTable table = table(route("k", host("k.example")), route("any", any()));
        assertThat(get(table, "K.example", "/")).isEqualTo("k");
        assertThat(get(table, "\u212A.example", "/")).isEqualTo("any");
        assertThat(get(table, "\u212A.EXAMPLE", "/")).isEqualTo("any");
    }

    @Test
    void addressesAreComparedAsSuch() {
        assertThat(get(HOSTS, "[::1]:8080", "/")).isEqualTo("six");
        assertThat(get(HOSTS, "[0:0:0::0001]", "/")).isEqualTo("six");
        assertThat(get(HOSTS, "[::2]", "/")).isEqualTo("any");
        assertThat(get(HOSTS, "10.0.0.1:80", "/")).isEqualTo("four");
    }

    @Test
    void whatNoRouteOfTheCloserHostTakesGoesToThoseOfTheWiderOnes() {
        RouteTable table = table(
                route("exact", host("a.b.example.com").withPath(prefix("/x"))),
                route("narrow", host("*.b.example.com").withPath(prefix("/y"))),
                route("wide", host("*.example.com").withPath(prefix("/z"))),
                route("any", any().withPath(prefix("/"))));
        assertThat(get(table, "a.b.example.com", "/x")).isEqualTo("exact");
        assertThat(get(table, "a.b.example.com", "/y")).isEqualTo("narrow");
        assertThat(get(table, "a.b.example.com", "/z/1")).isEqualTo("wide");
        assertThat(get(table, "a.b.example.com", "/z%2e")).isEqualTo("any");
        assertThat(get(table, "a.b.example.com", "/z/%2e")).isEqualTo("wide");
        assertThat(get(table, "a.b.example.com", "/")).isEqualTo("any");
        assertThat(outcome(table, "*", request("OPTIONS", "a.b.example.com", null)))
                .isEqualTo("none");
    }

    @Test
    void asteriskIsServedByTheClosestHostsRouteWithoutAPath() {
        RouteTable table = table(
                route("exact", host("a.example")),
                route("path", host("b.example").withPath(prefix("/"))),
                route("any", any()));
        assertThat(outcome(table, "*", request("OPTIONS", "a.example", null))).isEqualTo("exact");
        assertThat(outcome(table, "*", request("OPTIONS", "b.example", null))).isEqualTo("any");
    }

    @Test
    void exactPathIsThatPathAndNoOther() {
        RouteTable table = table(
                route("exact", any().withPath(exact("/a/b"))),
                route("slash", any().withPath(exact("/docs/"))),
                route("root", any().withPath(exact("/"))),
                route("any", any()));
        for (String path : List.of("/a/b", "/a/./b", "/a/x/../b", "/%61/b", "/a/%62"))
            assertThat(get(table, "", path)).as(path).isEqualTo("exact");
        for (String path : List.of("/a/b/", "/a/b/c", "/a", "/a/B", "/a/b/.", "/a/b/c/..", "/a/b/;x", "/a/bb", "/docs"))
            assertThat(get(table, "", path)).as(path).isEqualTo("any");
        for (String path : List.of("/docs/", "/docs/.", "/docs/x/..", "/%64ocs/"))
            assertThat(get(table, "", path)).as(path).isEqualTo("slash");
        for (String path : List.of("/", "/.", "/a/..", "/./"))
            assertThat(get(table, "", path)).as(path).isEqualTo("root");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/a/b;x",
                "/a;x/b",
                "/a//b",
                "//a/b",
                "/a%2fb",
                "/a\\b",
                "/a/%2e/b",
                "/docs//",
                "/docs/;x",
                "//",
                "/;x",
                "/docs%2f"
            })
    void exactPathThatIsThereInOneReadingAloneIsRefused(String path) {
        RouteTable table = table(
                route("exact", any().withPath(exact("/a/b"))),
                route("slash", any().withPath(exact("/docs/"))),
                route("root", any().withPath(exact("/"))),
                route("any", any()));
        assertThat(get(table, "", path)).isEqualTo("refused");
    }

    @Test
    void expressionTakesTheWholePathDecoded() {
        RouteTable table = table(route("expression", any().withPath(pattern("/v[0-9]+/u/[^/]+"))), route("any", any()));
        for (String path :
                List.of("/v1/u/x", "/v22/u/a.b", "/v1/%75/x", "/v1/u/%c3%a9", "/v1/u/\u00e9", "/v1/y/../u/x"))
            assertThat(get(table, "", path)).as(path).isEqualTo("expression");
        for (String path : List.of("/v1/u/x/", "/v1/u/", "/v1/u/x/y", "/x/v1/u/x", "/v1/u/x/..", "/V1/u/x"))
            assertThat(get(table, "", path)).as(path).isEqualTo("any");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/u/a%2fb", "/v1//u/x", "/v1/u;a/x", "/v1/u/x\\y", "/v1%2fu/x", "/v1/u/%2e"})
    void pathThatTheExpressionTakesInOneReadingAloneIsRefused(String path) {
        RouteTable table = table(route("expression", any().withPath(pattern("/v[0-9]+/u/[^/]+"))), route("any", any()));
        assertThat(get(table, "", path)).isEqualTo("refused");
    }

    @Test
    void lineEndInAPathDoesNotLeadPastAnExpression() {
        RouteTable table = table(route("admin", any().withPath(pattern("/admin/.*"))), route("any", any()));
        assertThat(get(table, "", "/admin/x%0ay")).isEqualTo("admin");
        assertThat(get(table, "", "/admin/%0d%0a")).isEqualTo("admin");
    }

    @Test
    void expressionsAreFoundByWhatIsPlainAtTheirBeginning() {
        RouteTable table = table(
                route("1", any().withPath(pattern("/a/b/[0-9]+"))),
                route("2", any().withPath(pattern("/a/bx*/c"))),
                route("3", any().withPath(pattern("/a/d|/e/f/g"))),
                route("4", any().withPath(pattern("^/h/i/.*$"))),
                route("5", any().withPath(pattern("/k/(l|m)/n"))),
                route("6", any().withPath(pattern("(?i)/OP/q"))),
                route("7", any().withPath(pattern("/r[(]/s|/t/u"))),
                route("8", any().withPath(pattern(".*\\.jpg"))),
                route("9", any().withPath(pattern("/w/x"))),
                route("10", any().withPath(pattern("/y/?z"))),
                route("any", any()));
        String[][] found = {
            {"/a/b/7", "1"},
            {"/a/b/c", "2"},
            {"/a/bxx/c", "2"},
            {"/a/c", "any"},
            {"/a/d", "3"},
            {"/e/f/g", "3"},
            {"/h/i/", "4"},
            {"/h/i/j/k", "4"},
            {"/h/i", "any"},
            {"/k/l/n", "5"},
            {"/k/m/n", "5"},
            {"/op/Q", "6"},
            {"/r(/s", "7"},
            {"/t/u", "7"},
            {"/a/b/x.jpg", "8"},
            {"/w/x", "9"},
            {"/w/x/y", "any"},
            {"/yz", "10"},
            {"/y/z", "10"}
        };
        for (String[] pair : found)
            assertThat(get(table, "", pair[0])).as(pair[0]).isEqualTo(pair[1]);
    }

    @Test
    void methodsAreThoseThatAreListedAndNoOthers() {
        RouteTable table = table(route("read", any().withMethods(List.of("GET", "HEAD"))), route("any", any()));
        assertThat(outcome(table, "/", request("GET", null, null))).isEqualTo("read");
        assertThat(outcome(table, "/", request("HEAD", null, null))).isEqualTo("read");
        assertThat(outcome(table, "/", request("get", null, null))).isEqualTo("any");
        assertThat(outcome(table, "/", request("POST", null, null))).isEqualTo("any");
    }

    @Test
    void routeThatFitsButForTheMethodIsNone() {
        RouteTable table = table(route("read", any().withMethods(List.of("GET"))));
        assertThat(outcome(table, "/", request("POST", null, null))).isEqualTo("none");
    }

    @Test
    void headersAreComparedWholeAndTheirNamesWithoutCase() {
        RouteTable table = table(route("two", any().withHeaders(is("X-Version", "2"))), route("any", any()));
        assertThat(outcome(table, "/", request("GET", null, null, "x-vERSION: 2")))
                .isEqualTo("two");
        assertThat(outcome(table, "/", request("GET", null, null, "X-Version: 22")))
                .isEqualTo("any");
        assertThat(outcome(table, "/", request("GET", null, null, "X-Version: 2", "X-Version: 2")))
                .isEqualTo("any");
        assertThat(outcome(table, "/", request("GET", null, null))).isEqualTo("any");
    }

    @Test
    void headerThatComesSeveralTimesIsOneWithTheValuesInARow() {
        RouteTable table = table(route("row", any().withHeaders(is("x-a", "1, 2"))), route("any", any()));
        assertThat(outcome(table, "/", request("GET", null, null, "X-A: 1", "X-A: 2")))
                .isEqualTo("row");
        assertThat(outcome(table, "/", request("GET", null, null, "X-A: 2", "X-A: 1")))
                .isEqualTo("any");
    }

    @Test
    void valuesMayBePresentAbsentOrFitAnExpression() {
        RouteTable table = table(
                route("present", any().withHeaders(List.of(ValueCondition.present("x-p")))),
                route("pattern", any().withHeaders(List.of(new ValueCondition("x-e", Kind.PATTERN, "[0-9]+")))),
                route("absent", any().withHeaders(List.of(new ValueCondition("x-a", Kind.ABSENT, "")))),
                route("any", any()));
        assertThat(outcome(table, "/", request("GET", null, null, "X-P:", "X-A: 1")))
                .isEqualTo("present");
        assertThat(outcome(table, "/", request("GET", null, null, "X-E: 77", "X-A: 1")))
                .isEqualTo("pattern");
        assertThat(outcome(table, "/", request("GET", null, null, "X-E: a7", "X-A: 1")))
                .isEqualTo("any");
        assertThat(outcome(table, "/", request("GET", null, null))).isEqualTo("absent");
    }

    @Test
    void queryParametersAreDecodedAndTheFirstOfSeveralCounts() {
        RouteTable table = table(route("found", any().withQuery(is("a b", "c d"))), route("any", any()));
        for (String query : List.of("a+b=c+d", "a%20b=c%20d", "x&a+b=c+d", "a+b=c+d&a+b=e", "%61+b=c%20%64"))
            assertThat(outcome(table, "/", request("GET", null, query)))
                    .as(query)
                    .isEqualTo("found");
        for (String query : List.of("a+b=c", "a+b=e&a+b=c+d", "A+b=c+d", "a+b", "", "a%2=c", "a+b=c%2Bd"))
            assertThat(outcome(table, "/", request("GET", null, query)))
                    .as(query)
                    .isEqualTo("any");
        assertThat(outcome(table, "/", request("GET", null, null))).isEqualTo("any");
    }

    @Test
    void parameterWithoutAValueIsThereAndEmpty() {
        RouteTable table = table(
                route("empty", any().withQuery(is("debug", ""))),
                route("there", any().withQuery(List.of(ValueCondition.present("debug")))),
                route("any", any()));
        assertThat(outcome(table, "/", request("GET", null, "debug"))).isEqualTo("empty");
        assertThat(outcome(table, "/", request("GET", null, "debug=%"))).isEqualTo("there");
    }

    @Test
    void cookiesAreFoundInAnyOfTheirFields() {
        RouteTable table = table(route("beta", any().withCookies(is("beta", "1"))), route("any", any()));
        assertThat(outcome(table, "/", request("GET", null, null, "Cookie: a=b; beta=1")))
                .isEqualTo("beta");
        assertThat(outcome(table, "/", request("GET", null, null, "Cookie: a=b", "Cookie: beta=1")))
                .isEqualTo("beta");
        assertThat(outcome(table, "/", request("GET", null, null, "Cookie: Beta=1; xbeta=1")))
                .isEqualTo("any");
        assertThat(outcome(table, "/", request("GET", null, null, "Cookie: beta=2; beta=1")))
                .isEqualTo("any");
    }

    @Test
    void clientsAndListenersAreThoseThatAreListed() {
        RouteTable table = table(
                route("inside", any().withClients(List.of(Cidr.parse("10.0.0.0/8"), Cidr.parse("::1")))),
                route("admin", any().withListeners(List.of("admin", "other"))),
                route("any", any()));
        StatedRequest get = request("GET", null, null);
        assertThat(outcome(table, "/", from(get, "10.9.8.7", "admin"))).isEqualTo("inside");
        assertThat(outcome(table, "/", from(get, "::1", null))).isEqualTo("inside");
        assertThat(outcome(table, "/", from(get, "11.0.0.1", "admin"))).isEqualTo("admin");
        assertThat(outcome(table, "/", from(get, null, "https"))).isEqualTo("any");
        assertThat(outcome(table, "/", get)).isEqualTo("any");
    }

    @Test
    void allConditionsOfARouteHaveToHold() {
        RouteTable table = table(
                route(
                        "all",
                        any().withMethods(List.of("GET"))
                                .withHeaders(is("a", "1", "b", "2"))
                                .withQuery(is("c", "3"))),
                route("any", any()));
        assertThat(outcome(table, "/", request("GET", null, "c=3", "a: 1", "b: 2")))
                .isEqualTo("all");
        assertThat(outcome(table, "/", request("PUT", null, "c=3", "a: 1", "b: 2")))
                .isEqualTo("any");
        assertThat(outcome(table, "/", request("GET", null, "c=3", "a: 1"))).isEqualTo("any");
        assertThat(outcome(table, "/", request("GET", null, null, "a: 1", "b: 2")))
                .isEqualTo("any");
    }

    @Test
    void amongManyValuesOfOneHeaderTheRightOneIsFoundWithItsOtherConditions() {
        List<RouteConfig> routes = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            routes.add(route("t" + i, any().withHeaders(is("tenant", "" + i))));
            routes.add(route("p" + i, any().withHeaders(is("tenant", "" + i)).withMethods(List.of("POST"))));
        }
        routes.add(route("two", any().withHeaders(is("a", "1", "b", "2"))));
        routes.add(route("any", any()));
        RouteTable table = RouteTable.of(routes);
        assertThat(outcome(table, "/", request("GET", null, null, "tenant: 7"))).isEqualTo("t7");
        assertThat(outcome(table, "/x", request("POST", null, null, "tenant: 999")))
                .isEqualTo("p999");
        assertThat(outcome(table, "/", request("GET", null, null, "tenant: 1000")))
                .isEqualTo("any");
        // It looks at the method, and that comes before more headers.
        assertThat(outcome(table, "/", request("POST", null, null, "tenant: 7", "a: 1", "b: 2")))
                .isEqualTo("p7");
        assertThat(outcome(table, "/", request("GET", null, null, "tenant: 7", "a: 1", "b: 2")))
                .isEqualTo("two");
    }

    @Test
    void requestIsNotLookedAtWhereNoRouteThatFitsDependsOnIt() {
        RouteTable table = table(
                route("api", any().withPath(prefix("/api"))),
                route("old", any().withPath(prefix("/old")).withHeaders(is("a", "1"))),
                route("exact", any().withPath(exact("/api/x"))),
                route("any", any()));
        for (String path : List.of("/api", "/api/y", "/", "/else")) {
            RouteMatch match = table.match(path, path, p -> {
                throw new AssertionError("looked at for " + p);
            });
            assertThat(match).isInstanceOf(RouteMatch.Found.class);
        }
    }

    @Test
    void twoRoutesWithTheSameConditionsStopTheBuild() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> table(
                        route("a", host("b.example", "A.example").withMethods(List.of("PUT", "GET"))),
                        route("b", host("a.example.", "b.example", "a.example").withMethods(List.of("GET", "PUT")))))
                .withMessage("routes[1]: host [a.example, b.example], methods [GET, PUT]"
                        + " (expected: conditions that no other route has; routes[0] has the same)");
    }

    @Test
    void textBeyondTheBoundIsNotCompared() {
        Inquiry inquiry = new Inquiry(StatedRequest.NOTHING);
        Pattern everything = Pattern.compile("a*");
        assertThat(inquiry.fits(everything, "a".repeat(Inquiry.MOST_TEXT))).isTrue();
        assertThat(inquiry.isSpent()).isFalse();
        assertThat(inquiry.fits(everything, "a")).isFalse();
        assertThat(inquiry.isSpent()).isTrue();
    }

    @Test
    void pathThatCostsTooMuchToCompareIsRefused() {
        List<RouteConfig> routes = new ArrayList<>(List.of(route("any", any())));
        for (int i = 0; i < 50; i++) routes.add(route("e" + i, any().withPath(pattern("/.*x{" + (i + 1) + "}y"))));
        RouteTable table = RouteTable.of(routes);
        assertThat(get(table, "", "/" + "a".repeat(1000))).isEqualTo("any");
        String long16k = "/" + "a%2f;\\%5c%2e/".repeat(1200);
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            for (int i = 0; i < 5; i++) assertThat(get(table, "", long16k)).isEqualTo("refused");
        });
        assertThat(get(table, "", "/" + "a".repeat(16_000))).isEqualTo("refused");
    }
}
