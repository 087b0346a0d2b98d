package dev.sluice.routing;

import static dev.sluice.routing.Ask.any;
import static dev.sluice.routing.Ask.exact;
import static dev.sluice.routing.Ask.host;
import static dev.sluice.routing.Ask.is;
import static dev.sluice.routing.Ask.pattern;
import static dev.sluice.routing.Ask.prefix;
import static dev.sluice.routing.Ask.request;
import static dev.sluice.routing.Ask.route;
import static dev.sluice.routing.Ask.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.Cidr;
import dev.sluice.config.ValueCondition;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Why a request gets its route, and which routes nobody ever gets to. */
class ExplanationTest {
    @Test
    void whatIsMissingForARouteIsSaid() {
        RouteTable table = table(
                route("m", any().withMethods(List.of("PUT", "POST"))),
                route("h", any().withHeaders(is("X-A", "1"))),
                route("q", any().withQuery(is("a", "1", "b", "2"))),
                route("c", any().withCookies(is("beta", "1"))),
                route(
                        "client",
                        any().withClients(List.of(Cidr.parse("10.0.0.0/8"))).withListeners(List.of("x"))),
                route("else", host("else.example")),
                route("path", any().withPath(prefix("/path"))));
        Explanation why = table.explain("/", request("GET", "a.example", "b=3", "X-A: 2"));
        assertThat(why.match()).isInstanceOf(RouteMatch.None.class);
        assertThat(why.fitting()).isEmpty();
        assertThat(why.missed().stream().map(m -> m.route().name() + ": " + String.join(", ", m.flaws())))
                .containsExactly(
                        "m: method GET (expected POST or PUT)",
                        "h: header x-a is \"2\" (expected \"1\")",
                        "q: no parameter a (expected \"1\"), parameter b is \"3\" (expected \"2\")",
                        "c: no cookie beta (expected \"1\")",
                        "client: no listener is known (expected x), no client is known (expected 10.0.0.0/8)");
    }

    @Test
    void pathIsShownAsRoutesSeeIt() {
        RouteTable table = table(route("any", any()));
        StatedRequest get = request("GET", null, null);
        assertThat(table.explain("/a/../%62/./c", get).path()).isEqualTo("/b/c");
        assertThat(table.explain("/a%2Fb//c/", get).path()).isEqualTo("/a%2Fb//c/");
        assertThat(table.explain("/..", get).path()).isNull();
        assertThat(table.explain("/%zz", get).path()).isNull();
        assertThat(table.explain("*", get).fitting()).hasSize(1);
    }

    @Test
    void routesThatAnotherOneTakesEverythingFromAreFound() {
        RouteTable table = table(
                route("present", host("a.example").withHeaders(List.of(ValueCondition.present("x")))),
                route("shadowed by present", host("a.example").withHeaders(is("x", "1"))),
                route("methods", any().withPath(prefix("/m")).withMethods(List.of("GET", "PUT"))),
                route("shadowed by methods", any().withPath(prefix("/m")).withMethods(List.of("PUT"))),
                route("hosts", host("b.example", "c.example").withPath(exact("/"))),
                route("reached by d", host("c.example", "d.example").withPath(exact("/"))),
                route("shadowed by hosts", host("b.example").withPath(exact("/"))),
                route("clients", any().withClients(List.of(Cidr.parse("10.0.0.0/8")))),
                route(
                        "shadowed by clients",
                        any().withClients(List.of(Cidr.parse("10.1.0.0/16"), Cidr.parse("10.2.0.1")))),
                route("reached", any().withClients(List.of(Cidr.parse("11.1.0.0/16")))),
                route("every path", host("e.example").withPath(pattern("/.*"))),
                route(
                        "shadowed by every path",
                        host("e.example").withPath(prefix("/x")).withMethods(List.of("GET"))),
                route("reached without a path", host("e.example")),
                route("reached by exact", host("e.example").withPath(exact("/x"))));
        assertThat(table.shadowed().stream().map(s -> s.route().name() + " < " + s.by().name()))
                .containsExactly(
                        "shadowed by present < present",
                        "shadowed by methods < methods",
                        "shadowed by hosts < hosts",
                        "shadowed by clients < clients",
                        "shadowed by every path < every path");
    }
}
