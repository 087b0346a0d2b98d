package dev.sluice.config;

import static dev.sluice.config.Takes.choice;
import static dev.sluice.config.Takes.duration;
import static dev.sluice.config.Takes.either;
import static dev.sluice.config.Takes.flag;
import static dev.sluice.config.Takes.list;
import static dev.sluice.config.Takes.number;
import static dev.sluice.config.Takes.oneOrMore;
import static dev.sluice.config.Takes.section;
import static dev.sluice.config.Takes.text;

import dev.sluice.config.RouteConfig.ProxyProtocol;

/** The section {@code routes}: which requests, and where they go. */
final class RouteKeys {
    static final String NAME = "[A-Za-z][A-Za-z0-9._-]{0,63}";

    /** RFC 9110 §5.6.2. */
    static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}";

    /** What a header, a parameter or a cookie must be. */
    static final Keys CONDITION = Keys.of(
                    "value",
                    "",
                    Key.of("pattern", text("an expression (RE2)"))
                            .usually("none: it or `present` must be given")
                            .effect("an expression that the whole value has to fit"),
                    Key.of("present", flag())
                            .usually("none: it or `pattern` must be given")
                            .effect("`true`: any value; `false`: none"))
            .exactlyOne("pattern", "present");

    static final Takes VALUE = either(text("a value"), section(CONDITION));

    static final Keys ROUTE = Keys.of(
                    "route",
                    "",
                    Key.of("name", text("a name", NAME))
                            .usually(
                                    "host and path, as `api.example.com/v2`; `default` without either; a second one of the "
                                            + "same name is `...-2` and so on, by the order in the file")
                            .effect(
                                    "what logs and messages call the route: letters, digits, `-`, `_` and dots, a letter "
                                            + "first. Each name once")
                            .danger(
                                    "what is counted by name goes by another one when the order changes: name what you watch"),
                    Key.of("host", oneOrMore(text("a host")))
                            .usually("every host, and requests that name none")
                            .effect(
                                    "a name, `\"*.example.com\"`, which is every name with at least one more label in front "
                                            + "(not `example.com`), or an address. Upper and lower case are the same; port and a "
                                            + "dot at the end are not looked at. A name that is not ASCII is written as its "
                                            + "A-label, `xn--...`")
                            .danger("behind a proxy that changes `Host`, it is what that one sends. Clients choose it "
                                    + "freely: a host is no access control"),
                    Key.of("path", text("a path", "/.*"))
                            .usually("every path")
                            .effect(
                                    "a prefix of whole segments: `/api` is `/api` and `/api/*`, not `/apix`. Written as a "
                                            + "backend reads it: decoded, without dot segments, empty segments, `?`, `#`, `*`, `;`, "
                                            + "`\\`, and without a slash at its end. `/` is the same as no path"),
                    Key.of("exactPath", text("a path", "/.*"))
                            .usually("every path")
                            .effect(
                                    "this path alone, in the place of `path`. A slash at its end counts: `/docs/` is not "
                                            + "`/docs`"),
                    Key.of("pathPattern", text("an expression (RE2)"))
                            .usually("every path")
                            .effect(
                                    "a regular expression in the [syntax of RE2](https://github.com/google/re2/wiki/Syntax) "
                                            + "that the whole path has to fit, in the place of `path`. It sees the path decoded, "
                                            + "without dot segments; an encoded slash stays `%2F`; `.` is any character, line ends "
                                            + "too. At most 1000 characters, and at most 100 that begin with the same whole "
                                            + "segments: those are tried one after the other")
                            .danger("`/.*` takes what prefixes are for, whatever their length. A path so long that "
                                    + "comparing it would take more than some 65000 characters in all gets 400"),
                    Key.of("methods", oneOrMore(text("a method", "[!#$%&'*+.^_`|~0-9A-Z-]{1,128}")))
                            .usually("every method")
                            .effect("in upper case. `GET` does not mean `HEAD`")
                            .danger(
                                    "a request that fits but for its method goes on to the next route; where there is none "
                                            + "it is 404, not 405, as the Gateway API has it"),
                    Key.of("headers", new Takes.Named(TOKEN, 1, VALUE))
                            .usually("any")
                            .effect("by name: the value, whole and with upper and lower case as it is; `{ pattern: "
                                    + "\"[0-9]+\" }`, an expression as above for the whole value; `{ present: true }`, any "
                                    + "value, or `{ present: false }`, none. A field that comes several times is one, its "
                                    + "values joined by `\", \"`")
                            .danger("clients choose them freely"),
                    Key.of("query", new Takes.Named(".+", 1, VALUE))
                            .usually("any")
                            .effect(
                                    "as `headers`, by the names of parameters. Both are decoded, `+` is a space; of a "
                                            + "parameter that comes several times the first counts, and one without `=` is empty")
                            .danger("clients choose them freely"),
                    Key.of("cookies", new Takes.Named(TOKEN, 1, VALUE))
                            .usually("any")
                            .effect("as `headers`, by the names of cookies; of several the first counts")
                            .danger("clients choose them freely"),
                    Key.of("clients", list(ListenerKeys.BLOCKS))
                            .usually("every client")
                            .effect(
                                    "where requests come from, `[ 10.0.0.0/8, \"::1\" ]`. The client is the other end of "
                                            + "the connection; where that is in `trustedProxies` the last one that is not, in "
                                            + "`X-Forwarded-For` or else `Forwarded`")
                            .danger("who is in `trustedProxies` can claim to be any client"),
                    Key.of("listeners", oneOrMore(text("a listener")))
                            .usually("every listener")
                            .effect("names of listeners")
                            .danger("in `sluice.war` these are the names of the Jetty's connectors"),
                    Key.of("to", oneOrMore(text("a URL", PoolKeys.URL)))
                            .usually("none: one of `to`, `pool`, `split`, `redirect` and `respond` must be given")
                            .effect("backends: `http://host[:port]`, `https://host[:port]` (HTTP/2 or HTTP/1.1, as the "
                                    + "backend chooses) or `h2c://host[:port]` (HTTP/2 without TLS), with a path and a "
                                    + "query if need be. Both are kept byte for byte and put before those of the request, "
                                    + "as Go's `NewSingleHostReverseProxy` does. Or `unix:/run/app.sock` for HTTP/1.1 over "
                                    + "a [Unix-domain socket](#unix-domain-sockets)")
                            .danger(
                                    "a path in the URL is added, it does not replace the route's: with `path: /api` and "
                                            + "`to: http://host/base`, `/api/x` becomes `/base/api/x`. No user, password or "
                                            + "fragment in a URL"),
                    Key.of("pool", text("a name", PoolKeys.NAME))
                            .usually("none")
                            .effect("the name of a [pool](#pools), in the place of `to`"),
                    Key.of("split", list(section(ActionKeys.SHARE)))
                            .usually("none")
                            .effect("several pools, in the place of `to`: [requests are shared out among "
                                    + "them](#where-else-requests-go)")
                            .danger("a client is not bound to a pool: its next request may go to another one, unless a "
                                    + "cookie or a header decides"),
                    Key.of("redirect", either(text("a target"), section(ActionKeys.REDIRECT)))
                            .usually("none")
                            .effect("where clients are sent, in the place of `to`: an `http(s)` URL or a path, with "
                                    + "[placeholders](#placeholders)")
                            .danger("browsers remember 301 and 308 for long"),
                    Key.of("respond", either(number(200, 599), section(ActionKeys.RESPOND)))
                            .usually("none")
                            .effect("an answer that is always the same, in the place of `to`. A status without a body "
                                    + "has the page that `errorPages` has for it"),
                    Key.of("proxyProtocol", choice(ProxyProtocol.class))
                            .usual("off")
                            .effect(
                                    "`v1` or `v2`: each connection to the backends of this route begins with a header that "
                                            + "says who the client is. See [protocols](protocols.md#the-proxy-protocol)")
                            .danger(
                                    "a connection for each exchange, TLS handshake included: backends and ports have to "
                                            + "bear that. A backend that does not expect the header answers 400, or nothing"),
                    Key.of("health", HealthKeys.OR_OFF)
                            .usually("nobody is asked")
                            .effect("how the backends of `to` are asked whether they are well, as [`health` of a "
                                    + "pool](#health)"),
                    HandlingKeys.MIRROR_KEY,
                    HandlingKeys.REQUEST_KEY,
                    HandlingKeys.RESPONSE_KEY,
                    HandlingKeys.TIMEOUTS_KEY,
                    HandlingKeys.ERROR_PAGES,
                    HandlingKeys.INTERCEPT_ERRORS,
                    HandlingKeys.MAINTENANCE_KEY,
                    BrowserKeys.CORS_KEY,
                    BrowserKeys.SECURITY_KEY,
                    Key.of(
                                    "drain",
                                    duration("0s", "1h")
                                            .within("`0s` to `drain.deadline`")
                                            .orOff())
                            .usual("off", "so that they have until the deadline")
                            .effect(
                                    "from the start of a drain to the moment at which what can be ended in order is: event "
                                            + "streams, gRPC calls, requests that wait for their answer, WebSockets; not uploads "
                                            + "and downloads. [What clients see](drain.md#limits-of-routes)")
                            .danger(
                                    "a request that gets 503 may have been worked on: its client asks again, and it is done "
                                            + "twice"))
            .exactlyOne("to", "pool", "split", "redirect", "respond");

    /** What can be said for all routes. */
    static final Keys DEFAULTS = ROUTE.only(
            "defaultsRoute",
            "drain",
            "request",
            "response",
            "timeouts",
            "errorPages",
            "interceptErrors",
            "maintenance",
            "cors",
            "securityHeaders");

    private RouteKeys() {}
}
