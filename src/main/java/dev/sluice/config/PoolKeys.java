package dev.sluice.config;

import static dev.sluice.config.Takes.choice;
import static dev.sluice.config.Takes.duration;
import static dev.sluice.config.Takes.either;
import static dev.sluice.config.Takes.flag;
import static dev.sluice.config.Takes.number;
import static dev.sluice.config.Takes.oneOrMore;
import static dev.sluice.config.Takes.optional;
import static dev.sluice.config.Takes.secret;
import static dev.sluice.config.Takes.section;
import static dev.sluice.config.Takes.text;
import static dev.sluice.config.Takes.word;

import dev.sluice.config.BalanceConfig.Policy;
import dev.sluice.config.RouteConfig.ProxyProtocol;

/** The section {@code pools} and what is in it. */
final class PoolKeys {
    static final String NAME = "[A-Za-z][A-Za-z0-9._-]{0,63}";

    static final String URL = "([Hh][Tt][Tt][Pp][Ss]?|[Hh]2[Cc])://.+|[Uu][Nn][Ii][Xx]:/.+";

    static final Keys BACKEND_TLS = Keys.of(
            "backendTls",
            "tls.",
            Key.of("trust", ListenerKeys.FILE)
                    .usually("Java's")
                    .effect("file with the authorities, or the certificates themselves, that are trusted in the "
                            + "place of Java's: PEM, or a PKCS#12 trust store")
                    .danger("who has the key of an authority in it can be any backend"),
            Key.of("trustPassword", secret())
                    .usually("none")
                    .effect("of a PKCS#12 trust store, as a [placeholder](#values-from-elsewhere): "
                            + "`\"${TRUST_PASSWORD}\"`")
                    .danger("as for `password` of a listener"),
            Key.of("serverName", text("a name or an address"))
                    .usually("the backend's host")
                    .effect("what the certificate must be for, and what SNI says; a name, or an address, for which "
                            + "there is no SNI. `Host` is not changed by it"),
            Key.of("certificate", ListenerKeys.FILE)
                    .usually("none")
                    .effect("file with the PEM chain, leaf first, to show to backends that ask for one"),
            Key.of("key", ListenerKeys.FILE)
                    .usually("none; `certificate` needs it")
                    .effect("file with its PEM private key")
                    .danger("as for a listener's"),
            Key.of("keyPassword", secret())
                    .usually("none")
                    .effect("of an encrypted key, as a [placeholder](#values-from-elsewhere)")
                    .danger("as for `password` of a listener"),
            Key.of("verify", flag())
                    .usual("true")
                    .effect("whether the certificate is checked at all")
                    .danger("`false`: whoever gets in between reads and changes what passes; the log warns of it at "
                            + "the start. `trust` with the backend's own certificate is hardly more work"));

    private static final String ONE_PLACE = "none: one of `url`, `dns`, `srv` and `file` must be given";

    static final Keys BACKEND = Keys.of(
                    "backend",
                    "",
                    Key.of("url", text("a URL", URL))
                            .usually(ONE_PLACE)
                            .effect("the URL of a backend, as in `to` of a route"),
                    Key.of("dns", text("a URL", URL))
                            .usually(ONE_PLACE)
                            .effect(
                                    "every address of a name, IPv4 and IPv6, is a backend, on the port of the URL. `weight` "
                                            + "is that of each address. TLS and `Host` go by the name")
                            .danger("a name with an address of either family for one server is two backends"),
                    Key.of("srv", text("a URL", URL))
                            .usually(ONE_PLACE)
                            .effect("SRV records (RFC 2782): the targets, on the ports and with the weights that the "
                                    + "records say; all but the lowest priority are backups. A weight of 0 counts as 1; a "
                                    + "target with several addresses divides its weight among them. TLS and `Host` go by "
                                    + "the name of the target")
                            .danger("DNS says which name a certificate must be for: where that is not to be trusted, "
                                    + "`serverName` in `tls` says it"),
                    Key.of("file", ListenerKeys.FILE)
                            .usually(ONE_PLACE)
                            .effect(
                                    "a YAML file with a list of URLs, or of mappings of `url`, `weight` and `backup`; `[]` "
                                            + "is none")
                            .danger(
                                    "requests go through Jetty's `HttpClient`, even if all that it lists is `http://`: what "
                                            + "carries the requests of a pool is chosen once, at the start, and the file may list "
                                            + "`https://` at any time"),
                    Key.of("weight", number(1, 65_535))
                            .usual("1")
                            .effect(
                                    "its share of the requests, beside the weights of the others. Of `dns` it is that of "
                                            + "each address; `srv` and `file` say it themselves")
                            .danger("a backend with ten times the weight has ten times the load, and when it fails the "
                                    + "others get that"),
                    Key.of("backup", flag())
                            .usual("false")
                            .effect("whether it, or all that is found there, serves only while none of the others can")
                            .danger(
                                    "what is never used is found broken on the day that it is needed, unless `health` asks "
                                            + "it"),
                    Key.of("tls", section(BACKEND_TLS))
                            .usually("the pool's")
                            .effect(
                                    "TLS to it, or to all that is found there, in the place of the pool's: nothing of the "
                                            + "two is merged, and `{}` is the defaults. For `https://` only"))
            .exactlyOne("url", "dns", "srv", "file");

    static final Keys CONNECTIONS = Keys.of(
            "connections",
            "connections.",
            Key.of("warm", number(0, 65_535).within("0 to `upstream.maxConnections`"))
                    .usual("0")
                    .effect("how many are kept open to each backend, used or not, so that a request need not wait "
                            + "for one")
                    .danger("the backend has to bear them, and may close such as nobody ever uses"),
            Key.of("lifetime", duration("1s", "24h").orOff())
                    .usual("off")
                    .effect("how old one may become, give or take a tenth. Then it is closed as its exchange ends, "
                            + "or at once when nobody uses it")
                    .danger("short, and each request pays for a new connection"));

    static final Keys ADAPTIVE = Keys.of(
            "adaptive",
            "limits.adaptive.",
            Key.of("least", number(1, 1_000_000)).usual("4").effect("where it shrinks to"),
            Key.of("most", number(1, 1_000_000).within("`least` to 1000000"))
                    .usual("1000", "or `least` where that is more")
                    .effect("where it grows to, but never above `backendRequests`"),
            Key.of("start", number(1, 1_000_000).within("`least` to `most`"))
                    .usual("20", "within the two")
                    .effect("where it begins")
                    .danger("small, and a busy proxy queues after its start"));

    static final Keys LIMITS = Keys.of(
            "limits",
            "limits.",
            Key.of("backendRequests", number(0, 1_000_000))
                    .usual("0")
                    .effect("outstanding requests of one backend, streams and WebSockets included; 0 for no such "
                            + "limit")
                    .danger("below what it bears, clients wait for nothing"),
            Key.of("poolRequests", number(0, 1_000_000))
                    .usual("0")
                    .effect("outstanding requests of all backends of the pool, streams and WebSockets included; 0 "
                            + "for no such limit")
                    .danger("below what they bear, clients wait for nothing"),
            Key.of("backendConnections", number(0, 65_535))
                    .usual("0")
                    .effect("connections to one backend, WebSockets and other tunnels included; 0 for what "
                            + "`upstream.maxConnections` says")
                    .danger("too few, and requests queue"),
            Key.of("poolConnections", number(0, 1_000_000))
                    .usual("0")
                    .effect("connections to all backends of the pool, WebSockets and other tunnels included; 0 for "
                            + "no such limit")
                    .danger("fewer than there are backends, and connections are closed and opened all the time"),
            Key.of("queue", number(0, 1_000_000))
                    .usual("1024")
                    .effect("requests that wait for one of those to end; then 503")
                    .danger("a long queue before slow backends only makes everyone wait for an error"),
            Key.of("queueTimeout", duration("1ms", "10m"))
                    .usual("5s")
                    .effect("how long one of them waits; then 503")
                    .danger("longer than clients wait, and backends work for clients that have gone"),
            Key.of("adaptive", either(word("true"), word("false"), word("off"), section(ADAPTIVE)))
                    .usual("off")
                    .effect("finds out how many requests without an answer each backend bears")
                    .danger("backends whose answers take longer for reasons of their own get less than they bear"));

    static final Keys POOL = Keys.of(
            "pool",
            "",
            Key.of("backends", oneOrMore(either(text("a URL", URL), section(BACKEND))))
                    .required()
                    .effect("a URL, or a list of them, as a route's `to`; in the place of a URL there can be [a "
                            + "mapping](#a-backend-as-a-mapping) that says more of a backend, or [where backends "
                            + "are found](#where-backends-are-found)")
                    .danger("a path in the URL is added to that of the request"),
            Key.of("tls", section(BACKEND_TLS))
                    .usually("the host must have a certificate that Java trusts")
                    .effect("how TLS is spoken to the `https://` backends of the pool that have no `tls` of their "
                            + "own: [`tls`](#tls-of-backends)"),
            Key.of("proxyProtocol", choice(ProxyProtocol.class))
                    .usual("off")
                    .effect("as in routes, for all that use the pool")
                    .danger("a connection for each exchange, TLS handshake included: backends and ports have to "
                            + "bear that. A backend that does not expect the header answers 400, or nothing"),
            Key.of("health", HealthKeys.OR_OFF)
                    .usually("nobody is asked")
                    .effect("how the backends are asked whether they are well, see [`health`](#health)"),
            Key.of("connections", optional(CONNECTIONS))
                    .usually("those of its keys")
                    .effect("connections to the backends, see [`connections`](#connections); for pools only, not "
                            + "for a route with `to`"),
            Key.of("ejection", either(word("off"), section(FailureKeys.EJECTION), new Takes.Nothing()))
                    .usually("those of its keys")
                    .effect("when a backend is left alone for a while because of how it serves, see "
                            + "[`ejection`](#ejection)"),
            Key.of("limits", optional(LIMITS))
                    .usually("those of its keys")
                    .effect("how much the pool and its backends are asked at once, see [`limits`](#limits)"),
            Key.of("balance", either(choice(Policy.class), section(BalanceKeys.BALANCE), new Takes.Nothing()))
                    .usual("round-robin")
                    .effect("how one of the backends is chosen, see [`balance`](#balance)"),
            Key.of("retries", either(word("off"), section(FailureKeys.RETRIES), new Takes.Nothing()))
                    .usually("those of its keys")
                    .effect("when a request is tried again, see [`retries`](#retries)"));

    /** What can be said for all pools: not what a pool is, and not what depends on each of its backends. */
    static final Keys DEFAULTS = POOL.without("defaultsPool", "backends", "proxyProtocol");

    private PoolKeys() {}
}
