package dev.sluice.config;

import static dev.sluice.config.Takes.choice;
import static dev.sluice.config.Takes.duration;
import static dev.sluice.config.Takes.either;
import static dev.sluice.config.Takes.flag;
import static dev.sluice.config.Takes.number;
import static dev.sluice.config.Takes.text;
import static dev.sluice.config.Takes.word;

import dev.sluice.config.ServerConfig.ProxyStatus;
import dev.sluice.config.UpstreamConfig.Transport;

/**
 * The sections that hold for the whole server: its end, its bounds, and how backends are talked to. The shortest wait is
 * 1 ms: zero would mean "at once" here and "for ever" to others.
 */
final class ServerKeys {
    static final Keys DRAIN = Keys.of(
            "drain",
            "drain.",
            Key.of("announce", duration("0s", "1h"))
                    .usual("0s")
                    .effect("how long before the drain readiness is taken back (503 at `/readyz`, see "
                            + "[`admin`](#admin)) while everything else goes on, so that a load balancer has "
                            + "noticed when connections are refused")
                    .danger("comes on top of the deadline: what kills the process after a while must wait for both"),
            Key.of("deadline", duration("1ms", "1h"))
                    .usual("10s")
                    .effect("from the start of a drain to the moment at which what is left is cut")
                    .danger("what kills the process after a while of its own (`TimeoutStopSec` in systemd, "
                            + "`terminationGracePeriodSeconds` in Kubernetes) must wait longer than this"),
            Key.of("linger", duration("0s", "1h").within("`0s` to `deadline`"))
                    .usual("1s", "or the deadline where that is shorter")
                    .effect("how long idle connections stay open meanwhile, so that a client about to reuse one is "
                            + "answered and told to close")
                    .danger("with `0s` a request that is just on its way meets a closed connection"),
            Key.of("spread", duration("0s", "1h").within("`0s` to `deadline`"))
                    .usual("1s", "or the deadline where that is shorter")
                    .effect("within which WebSockets are told to end (1001), from the start of the drain, so that "
                            + "their clients do not all come back at once. A few of them do not wait that long: "
                            + "each is told at most 10 ms after the one before, one alone at once")
                    .danger("a WebSocket that is told late has less time to finish its message"),
            Key.of("ledger", text("a file or a directory"))
                    .usually("none")
                    .effect("a file that the account of each drain is written to, and which each drain replaces, or "
                            + "a directory, in which each makes one of its own. It is in the log in any case. This "
                            + "user must be able to write there")
                    .danger("it names addresses of clients and paths: the file is readable by this user alone"),
            Key.of("leaving", duration("1ms", "24h"))
                    .usual("10m")
                    .effect("how long the exchanges of a backend go on that [is not found any "
                            + "more](#where-backends-are-found), and those of a listener, a route or a pool that "
                            + "has left in a "
                            + "[reload](operations.md#reload-another-configuration-without-a-restart), while Sluice "
                            + "itself stays; then they are cut, and named in the log. WebSockets are told (1001). A "
                            + "backend that comes back meanwhile keeps them")
                    .danger("short, and a name server that forgets a backend for a moment costs clients their "
                            + "downloads"));

    static final Keys DNS = Keys.of(
            "dns",
            "dns.",
            Key.of("servers", new Takes.ListOf(text("addresses of name servers"), false, 1, 8))
                    .usually("those of the system, read anew every 10 s")
                    .effect("addresses of name servers that answer for all names, in the order in which they are "
                            + "asked: `[ 10.0.0.53, \"127.0.0.1:5353\", \"[::1]:53\" ]`"),
            Key.of("timeout", duration("10ms", "30s"))
                    .usual("2s")
                    .effect("for one server to answer; then the next one is asked, and all of them a second time. A "
                            + "server that refuses or fails is passed over at once")
                    .danger("long, and a start waits for a server that hangs, up to three times as long"),
            Key.of("minTtl", duration("100ms", "24h").within("`100ms` to `maxTtl`"))
                    .usual("1s", "or `maxTtl` where that is shorter")
                    .effect("how long an answer holds at least, whatever it says")
                    .danger("short, and name servers are asked often; long, and a backend that is gone is still "
                            + "tried"),
            Key.of("maxTtl", duration("100ms", "24h"))
                    .usual("5m")
                    .effect("how long an answer holds at most")
                    .danger("long, and a change that was not announced by short times is seen late"));

    static final Keys UPSTREAM = Keys.of(
            "upstream",
            "upstream.",
            Key.of("connectTimeout", duration("1ms", "10m"))
                    .usual("5s")
                    .effect("until a connection stands, TLS included; then 504")
                    .danger("too short, and one lost packet (1 s until it is sent again) is an error"),
            Key.of("firstByteTimeout", duration("1ms", "24h"))
                    .usual("60s")
                    .effect("from the end of the request to the first byte of the answer; then 504")
                    .danger("shorter than the slowest honest answer, and clients repeat what the backend is still "
                            + "working on; shorter than long polls are held, and they end with 504"),
            Key.of("idleTimeout", duration("1ms", "24h"))
                    .usual("60s")
                    .effect("between two bytes from or to a backend while Sluice waits for them; a slow client does "
                            + "not count")
                    .danger("answers that pause for longer are cut; event streams and gRPC have "
                            + "`upstream.streamIdleTimeout` instead"),
            Key.of("totalTimeout", duration("1ms", "168h").orOff())
                    .usual("off")
                    .effect("for a whole exchange")
                    .danger("cuts long downloads, uploads and streams, however well they go"),
            Key.of("keepAlive", duration("1ms", "1h"))
                    .usual("50s")
                    .effect("how long an unused connection is kept, or less, as the backend [says or "
                            + "shows](#when-unused-connections-are-closed)")
                    .danger("above what the backend closes at, requests meet connections that it is just closing, "
                            + "until that is known"),
            Key.of("maxConnections", number(1, 65_535))
                    .usual("1024")
                    .effect("open connections, unless a pool's `limits` say otherwise; the fresh one that a retry "
                            + "takes comes on top")
                    .danger("too few, and requests queue; too many, and the backend has to bear them"),
            Key.of("maxQueued", number(1, 1_000_000))
                    .usual("1024")
                    .effect("requests that wait for a connection; then 503")
                    .danger("a long queue before a slow backend only makes everyone wait for an error"),
            Key.of("queueTimeout", duration("1ms", "10m"))
                    .usual("5s")
                    .effect("how long one of them waits; then 503")
                    .danger("longer than clients wait, and the backend works for clients that have gone"),
            Key.of("transport", choice(Transport.class))
                    .usual("auto")
                    .effect("what carries requests: `auto` is connections that share a thread with the client's "
                            + "where that can be, else Jetty's `HttpClient`; `httpclient` is that for all backends")
                    .danger("`httpclient` takes more processor time: it is there to compare with, and to get around "
                            + "a fault"),
            Key.of("tunnelIdleTimeout", duration("1ms", "24h"))
                    .usual("1h")
                    .effect("how long a WebSocket, or another tunnel, may be quiet")
                    .danger("shorter than the pauses of applications that send no pings, and their connections are "
                            + "cut"),
            Key.of("streamIdleTimeout", duration("1ms", "24h"))
                    .usual("1h")
                    .effect("how long the backend may be quiet in an event stream (an answer of "
                            + "`text/event-stream`), and in a gRPC call (a request of `application/grpc...`), where "
                            + "it takes the place of `firstByteTimeout` too")
                    .danger("shorter than the pauses between events, and streams are cut; clients that leave "
                            + "without a word are noticed late"));

    static final Keys SERVER = Keys.of(
            "server",
            "server.",
            Key.of("threads", number(8, 10_000))
                    .usual("200")
                    .effect("most threads in the pool. Exchanges do not hold threads, so this is no limit on them")
                    .danger("more than processors can use gain little and cost memory"),
            Key.of("maxConnections", number(1, 10_000_000))
                    .usual("100000")
                    .effect("open client connections; more wait in the kernel. Each listener but one may pass it by "
                            + "one")
                    .danger("each costs a file descriptor, and so does its backend's: see `ulimit -n`"),
            Key.of("acceptQueue", number(1, 65_535))
                    .usual("1024")
                    .effect("connections that the kernel queues for each listener")
                    .danger("the kernel takes the smaller of this and `net.core.somaxconn`, and does not say so"),
            Key.of("idleTimeout", duration("1ms", "24h"))
                    .usual("60s")
                    .effect("until a client connection on which nothing moves, and no answer is awaited, is closed")
                    .danger("shorter than what a load balancer in front keeps connections for, and its requests "
                            + "meet closed ones"),
            Key.of("requestHeaderSize", number(1024, 1 << 20))
                    .usual("16384")
                    .effect("most bytes in the first line and the header fields of a request; then 414 or 431")
                    .danger("memory that every connection may take"),
            Key.of("responseHeaderSize", number(1024, 1 << 20))
                    .usual("32768")
                    .effect("most bytes in the header fields of a response; then 502")
                    .danger("memory that every exchange may take"),
            Key.of("allowTrace", flag())
                    .usual("false")
                    .effect("whether TRACE reaches backends; `false`: 405")
                    .danger("TRACE sends back what the request held, fields that browsers hide from scripts included"),
            Key.of("http2MaxStreams", number(1, 10_000))
                    .usual("128")
                    .effect("requests at a time on one HTTP/2 connection; more are refused with `REFUSED_STREAM`, "
                            + "and clients send them again later")
                    .danger("each may hold a connection to a backend, and half a megabyte of a body that nobody "
                            + "reads"),
            Key.of("http2FramesPerSecond", number(16, 1_000_000))
                    .usual("256")
                    .effect("frames on one HTTP/2 connection that make work and bring neither a request nor "
                            + "content, such as resets; as many may come at once, and in any case twice "
                            + "`http2MaxStreams`. Then the connection ends with `ENHANCE_YOUR_CALM`. [What "
                            + "counts](protocols.md#http2-from-clients)")
                    .danger("too few, and a busy proxy in front loses its connection with all that is on it; too "
                            + "many, and one client can keep a processor busy"),
            Key.of("proxyStatus", choice(ProxyStatus.class))
                    .usual("error")
                    .effect("what answers to failed requests say in `Proxy-Status` ([RFC "
                            + "9209](https://www.rfc-editor.org/rfc/rfc9209)): `error`, the kind of failure, such "
                            + "as `sluice; error=connection_refused`; `backend`, that and which backend it was; or "
                            + "`off`")
                    .danger("with `backend` clients learn names and addresses of the inside"),
            Key.of("requestId", either(word("off"), text("the name of a field", RouteKeys.TOKEN)))
                    .usual("off")
                    .effect("the header field in which backends are told the id of each request, such as "
                            + "`X-Request-Id`. What a [trusted proxy](#trustedproxies) says there is continued, what "
                            + "anybody else says is replaced. The log has the same id"));

    private ServerKeys() {}
}
