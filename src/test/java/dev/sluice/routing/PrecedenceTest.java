package dev.sluice.routing;

import static dev.sluice.routing.Ask.any;
import static dev.sluice.routing.Ask.exact;
import static dev.sluice.routing.Ask.from;
import static dev.sluice.routing.Ask.host;
import static dev.sluice.routing.Ask.is;
import static dev.sluice.routing.Ask.outcome;
import static dev.sluice.routing.Ask.pattern;
import static dev.sluice.routing.Ask.prefix;
import static dev.sluice.routing.Ask.request;
import static dev.sluice.routing.Ask.route;
import static dev.sluice.routing.Ask.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.Cidr;
import dev.sluice.config.Conditions;
import dev.sluice.config.ValueCondition;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which of several routes that a request fits gets it: criterion by criterion, each with all after it against it. */
class PrecedenceTest {
    private static final StatedRequest REQUEST = from(
            request("GET", "a.b.example", "p=1&q=2", "H: 1", "I: 2", "J: 3", "Cookie: c=1; d=2"), "10.0.0.1", "http");
    private static final String PATH = "/a/b/c";

    /** All conditions that come after the path; each criterion has to stand against them. */
    private static final Conditions ALL = any().withMethods(List.of("GET"))
            .withHeaders(is("h", "1", "i", "2", "j", "3"))
            .withQuery(is("p", "1", "q", "2"))
            .withCookies(is("c", "1", "d", "2"))
            .withClients(List.of(Cidr.parse("10.0.0.1")))
            .withListeners(List.of("http"));

    /** Whichever stands first in the file. */
    private static void first(Conditions winner, Conditions loser, String reason) {
        for (boolean before : new boolean[] {true, false}) {
            RouteTable table = before
                    ? table(route("winner", winner), route("loser", loser))
                    : table(route("loser", loser), route("winner", winner));
            assertThat(outcome(table, PATH, REQUEST)).as("%s", winner).isEqualTo("winner");
            Explanation why = table.explain(PATH, REQUEST);
            assertThat(why.fitting()).extracting(f -> f.route().name()).containsExactly("winner", "loser");
            assertThat(why.fitting()).extracting(Explanation.Fitting::after).containsExactly(null, reason);
        }
    }

    @Test
    void exactHostComesBeforeAWildcardWhateverElseThatLooksFor() {
        first(host("a.b.example"), ALL.withHosts(List.of("*.b.example")).withPath(exact(PATH)), "has the closer host");
    }

    @Test
    void longerWildcardComesBeforeAShorterOne() {
        first(host("*.b.example"), ALL.withHosts(List.of("*.example")).withPath(exact(PATH)), "has the closer host");
    }

    @Test
    void wildcardComesBeforeNoHost() {
        first(host("*.example"), ALL.withPath(exact(PATH)), "has the closer host");
    }

    @Test
    void ofSeveralHostsOfARouteTheOneThatTheRequestHasCounts() {
        first(
                host("a.b.example", "*.example"),
                ALL.withHosts(List.of("*.b.example", "c.example")),
                "has the closer host");
    }

    @Test
    void exactPathComesBeforeAnExpression() {
        first(any().withPath(exact(PATH)), ALL.withPath(pattern("/a/b/.*")), "has the more exact kind of path");
    }

    @Test
    void expressionComesBeforeAPrefix() {
        first(any().withPath(pattern(".*")), ALL.withPath(prefix("/a/b/c")), "has the more exact kind of path");
    }

    @Test
    void prefixComesBeforeNoPath() {
        first(any().withPath(prefix("/")), ALL, "has the more exact kind of path");
    }

    @Test
    void longerExpressionComesBeforeAShorterOne() {
        first(any().withPath(pattern("/a/b/.*")), ALL.withPath(pattern("/a.*")), "has the longer path");
        first(any().withPath(pattern(".{1,10}")), ALL.withPath(pattern("/a.*")), "has the longer path");
    }

    @Test
    void longerPrefixComesBeforeAShorterOne() {
        first(any().withPath(prefix("/a/b")), ALL.withPath(prefix("/a")), "has the longer path");
    }

    @Test
    void methodComesBeforeHeaders() {
        first(any().withMethods(List.of("GET")), ALL.withMethods(List.of()), "looks at the method");
    }

    @Test
    void moreHeadersComeBeforeFewer() {
        first(
                any().withHeaders(is("h", "1", "i", "2")),
                ALL.withMethods(List.of()).withHeaders(is("h", "1")),
                "looks at more headers");
    }

    @Test
    void moreQueryParametersComeBeforeFewer() {
        Conditions less = ALL.withMethods(List.of()).withHeaders(List.of()).withQuery(is("p", "1"));
        first(any().withQuery(is("p", "1", "q", "2")), less, "looks at more query parameters");
    }

    @Test
    void moreCookiesComeBeforeFewer() {
        Conditions less =
                any().withCookies(is("c", "1")).withClients(ALL.clients()).withListeners(ALL.listeners());
        first(any().withCookies(is("c", "1", "d", "2")), less, "looks at more cookies");
    }

    @Test
    void clientComesBeforeTheListener() {
        first(any().withClients(ALL.clients()), any().withListeners(List.of("http")), "looks at the client");
    }

    @Test
    void listenerComesBeforeNothing() {
        first(any().withListeners(List.of("http")), any(), "looks at the listener");
    }

    @Test
    void betweenEqualsTheFirstInTheFileWins() {
        RouteTable table = table(
                route("present", any().withHeaders(List.of(ValueCondition.present("h")))),
                route("one", any().withHeaders(is("i", "2"))),
                route("other", any().withHeaders(is("h", "1"))));
        assertThat(outcome(table, PATH, REQUEST)).isEqualTo("present");
        assertThat(table.explain(PATH, REQUEST).fitting())
                .extracting(Explanation.Fitting::after)
                .containsExactly(null, "comes first in the file", "comes first in the file");
    }

    @Test
    void whatTheFirstDoesNotTakeGoesToTheNext() {
        RouteTable table = table(
                route("exact", any().withPath(exact(PATH)).withMethods(List.of("POST"))),
                route("expression", any().withPath(pattern("/a/.*")).withHeaders(is("x", "1"))),
                route("long", any().withPath(prefix("/a/b/c")).withQuery(is("p", "2"))),
                route("short", any().withPath(prefix("/a")).withCookies(is("c", "1"))),
                route("any", any()));
        assertThat(outcome(table, PATH, REQUEST)).isEqualTo("short");
        assertThat(outcome(table, PATH, request("GET", null, null))).isEqualTo("any");
    }
}
