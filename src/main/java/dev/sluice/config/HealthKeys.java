package dev.sluice.config;

import static dev.sluice.config.Takes.choice;
import static dev.sluice.config.Takes.duration;
import static dev.sluice.config.Takes.either;
import static dev.sluice.config.Takes.number;
import static dev.sluice.config.Takes.oneOrMore;
import static dev.sluice.config.Takes.section;
import static dev.sluice.config.Takes.text;
import static dev.sluice.config.Takes.word;

/** The section {@code health} of pools and routes. */
final class HealthKeys {
    static final Keys HEALTH = Keys.of(
            "health",
            "health.",
            Key.of("check", choice(HealthBinder.Kind.class))
                    .usual("http")
                    .effect("`http`: a GET, in the protocol of the backend, TLS included. `tcp`: the backend "
                            + "accepts a connection. `tls`: and TLS on it, with a certificate that is trusted; for "
                            + "`https://` backends only. `grpc`: [gRPC's health "
                            + "service](https://grpc.io/docs/guides/health-checking/) says `SERVING`; for "
                            + "`https://` and `h2c://` backends only")
                    .danger("`tcp` and `tls` say nothing of the application: one that hangs still accepts "
                            + "connections. With `proxyProtocol` a check begins with no such header: a backend that "
                            + "insists on it fails all but `tcp`, unless there is a `port` for checks"),
            Key.of("path", text("a path, with a query or not", "/.*"))
                    .usual("/")
                    .effect("of `http`: what is asked for, with a query if need be. A path in the backend's URL is "
                            + "not put before it. Percent-encoded, as in a request")
                    .danger("a page that asks what all backends depend on fails on all of them at once"),
            Key.of("status", oneOrMore(new Takes.Status(200, 599)))
                    .usual("200-299")
                    .effect("of `http`: a status such as `204`, a range such as `200-299`, or a list of them, of "
                            + "which the answer must have one")
                    .danger("with 300 and above, a redirect to a page of errors passes"),
            Key.of("body", text("1 byte to 64 KiB"))
                    .usually("no matter what")
                    .effect("of `http`: text that must be in the first 64 KiB of the answer's body")
                    .danger("words that change with a release take all backends out"),
            Key.of("host", text("a host, with a port or not"))
                    .usually("the backend's own")
                    .effect("of `http`: the `Host`, with a port or not"),
            Key.of("headers", new Takes.Named(null, 0, text("a text")))
                    .usually("none")
                    .effect("of `http`: further fields of the request, such as `{ X-Check: sluice }`. ASCII; not "
                            + "`Host`, and nothing that says how the message is sent, such as `Connection` or "
                            + "`Content-Length`")
                    .danger("a password in one is a password in the file"),
            Key.of("service", text("a name"))
                    .usually("the whole server")
                    .effect("of `grpc`: which service of the server")
                    .danger("a server that does not know it fails"),
            Key.of("port", number(1, 65_535))
                    .usually("the backend's own")
                    .effect("another port to ask, at the backend's host; not with a `unix:` backend in the pool")
                    .danger("what answers there may be well while what serves is not"),
            Key.of("interval", duration("100ms", "1h"))
                    .usual("5s")
                    .effect("from the end of a check to the beginning of the next, give or take a tenth")
                    .danger("long, and clients find out first; short, and many proxies are a load of their own"),
            Key.of("timeout", duration("1ms", "5m").within("`1ms` to `5m`, and no longer than the interval"))
                    .usual("2s", "or the interval where that is shorter")
                    .effect("for one check, the connection included. No longer than the interval: a backend that "
                            + "hangs would be asked less often than it says")
                    .danger("too short, and a pause, or a lost packet (1 s until it is sent again), is a failure. A "
                            + "start waits so long for a backend that hangs"),
            Key.of("rise", number(1, 100))
                    .usual("2")
                    .effect("passes in a row until a backend that was not well gets requests again")
                    .danger("with 1, a backend that comes and goes gets requests each time"),
            Key.of("fall", number(1, 100))
                    .usual("3")
                    .effect("failures in a row until one that was well gets none")
                    .danger("with 1, one lost packet takes a backend out; with many, requests fail meanwhile: up to "
                            + "`fall` times the interval and the timeout"));

    /** What can stand for it: a mapping, nothing at all for its defaults, or off. */
    static final Takes OR_OFF = either(word("off"), section(HEALTH), new Takes.Nothing());

    private HealthKeys() {}
}
