package dev.sluice.config;

import static dev.sluice.config.Takes.anyList;
import static dev.sluice.config.Takes.choice;
import static dev.sluice.config.Takes.duration;
import static dev.sluice.config.Takes.either;
import static dev.sluice.config.Takes.flag;
import static dev.sluice.config.Takes.oneOrMore;
import static dev.sluice.config.Takes.section;
import static dev.sluice.config.Takes.text;

/** What routes take that change what passes. */
final class HandlingKeys {
    private static final String PREFIX = "/.+";
    private static final Takes PAGE = text("a file");
    private static final Takes VALUES =
            new Takes.Named(RouteKeys.TOKEN, 0, either(text("a text"), anyList(text("a text"))));

    /** Of a request or an answer. */
    static final Keys HEADERS = Keys.of(
            "headers",
            "headers.",
            Key.of("set", VALUES)
                    .usually("none")
                    .effect(
                            "by name a value, with [placeholders](#placeholders), that takes the place of what there is. "
                                    + "One that comes out empty is left out"),
            Key.of("add", VALUES).usually("none").effect("the same beside what there is"),
            Key.of("remove", oneOrMore(text("a name", RouteKeys.TOKEN)))
                    .usually("none")
                    .effect("names of fields. Those that frame a message (`Content-Length`, `Connection`, "
                            + "`Transfer-Encoding` and the like) are not for a route to change"));

    static final Keys REWRITE = Keys.of(
            "rewrite",
            "rewrite.",
            Key.of("pattern", text("an expression (RE2)"))
                    .required()
                    .effect("that the whole path has to fit, decoded as for `pathPattern`; paths that do not stay as "
                            + "they are"),
            Key.of("to", text("a path", "/.*"))
                    .required()
                    .effect("what it becomes; `$1` is what the first group matched. What stands behind a `?` is put "
                            + "before the query of the request"));

    static final Keys REQUEST = Keys.of(
            "request",
            "request.",
            Key.of("stripPrefix", text("a path", PREFIX))
                    .usually("nothing")
                    .effect(
                            "taken from the beginning of paths that begin with it, whole segments, written as `path` is"),
            Key.of("addPrefix", text("a path", PREFIX))
                    .usually("nothing")
                    .effect("put before what is left: with `stripPrefix` one prefix takes the place of another"),
            Key.of("rewrite", section(REWRITE))
                    .usually("nothing")
                    .effect("what paths become after that, by an expression")
                    .danger("`Location` and cookies cannot be translated back from one"),
            Key.of("host", text("a host"))
                    .usually("what the client asked for")
                    .effect(
                            "what `Host` says: a name, a text with [placeholders](#placeholders), or `backend` for each "
                                    + "backend's own")
                    .danger("backends make links of it"),
            Key.of("headers", section(HEADERS))
                    .usually("nothing")
                    .effect("what is changed in the header fields")
                    .danger("`X-Forwarded-For` and `Forwarded` can be set like any other: backends believe them"),
            Key.of("maxBody", new Takes.Size(0, 1L << 40))
                    .usually("any")
                    .effect(
                            "most bytes in a body, as `1000000`, `64KiB`, `10MiB` or `1GiB`; beyond it 413, at once when "
                                    + "`Content-Length` says it, else when it shows")
                    .danger("one that shows on the way has been sent to the backend so far"));

    static final Keys RESPONSE = Keys.of(
            "response",
            "response.",
            Key.of("headers", section(HEADERS))
                    .usually("nothing")
                    .effect("what is changed in the header fields, of answers of Sluice's own too"),
            Key.of("compress", either(flag(), oneOrMore(choice(ResponseConfig.Coding.class))))
                    .usual("false")
                    .effect("codings for answers to clients that want them, the dearest first; `true` is all that "
                            + "there are. [What is compressed](#compression)")
                    .danger(
                            "takes processor time; secrets beside what a client can choose may be guessed by the length "
                                    + "(BREACH)"),
            Key.of("rewriteLocation", flag())
                    .usual("true")
                    .effect(
                            "whether `Location` and `Content-Location` that mean the backend (its host, or a path below "
                                    + "its base path and `addPrefix`) say how the client gets there"),
            Key.of("rewriteCookies", flag())
                    .usual("true")
                    .effect("the same of `Path` in `Set-Cookie`; a `Domain` that is the backend's host is left out"));

    static final Keys TIMEOUTS = Keys.of(
            "timeouts",
            "timeouts.",
            Key.of("firstByte", duration("1ms", "24h"))
                    .usually("`upstream.firstByteTimeout`")
                    .effect("from the end of the request to the first byte of the answer; then 504")
                    .danger("shorter than the slowest honest answer, and clients repeat what the backend is still "
                            + "working on"),
            Key.of("idle", duration("1ms", "24h"))
                    .usually("`upstream.idleTimeout`")
                    .effect("between two bytes from or to a backend while Sluice waits for them")
                    .danger("answers that pause for longer are cut"),
            Key.of("total", duration("1ms", "168h").orOff())
                    .usually("`upstream.totalTimeout`")
                    .effect("for a whole exchange")
                    .danger("cuts long downloads, uploads and streams, however well they go"),
            Key.of("stream", duration("1ms", "24h"))
                    .usually("`upstream.streamIdleTimeout`")
                    .effect("how long the backend may be quiet in an event stream and in a gRPC call")
                    .danger("shorter than the pauses between events, and streams are cut"),
            Key.of("tunnel", duration("1ms", "24h"))
                    .usually("`upstream.tunnelIdleTimeout`")
                    .effect("how long a WebSocket, or another tunnel, may be quiet")
                    .danger("shorter than the pauses of applications that send no pings, and their connections are "
                            + "cut"));

    static final Keys MAINTENANCE = Keys.of(
            "maintenance",
            "maintenance.",
            Key.of("retryAfter", duration("1s", "720h")).usually("none").effect("what the field `Retry-After` says"),
            Key.of("page", PAGE).usually("a line of text").effect("a file as in `errorPages`"),
            Key.of("except", anyList(ListenerKeys.BLOCKS))
                    .usually("nobody")
                    .effect("clients that are served all the same"));

    static final Keys MIRROR = Keys.of(
            "mirror",
            "mirror.",
            Key.of("pool", text("a name", PoolKeys.NAME)).required().effect("the name of a [pool](#pools)"),
            Key.of("share", Takes.percent(1, 100)).usual("100%").effect("of the requests"));

    static final Key MIRROR_KEY = Key.of("mirror", section(MIRROR))
            .usually("none")
            .effect("another pool that [a share of the requests](#mirror) is sent to as well; its answers are dropped")
            .danger(
                    "everything is done twice: the second pool must not share a database, a mail server or anything else "
                            + "that matters with the first");

    static final Key REQUEST_KEY = Key.of("request", section(REQUEST))
            .usually("nothing")
            .effect("[what is changed](#what-a-route-changes) in requests");

    static final Key RESPONSE_KEY = Key.of("response", section(RESPONSE))
            .usually("nothing")
            .effect("[what is changed](#what-a-route-changes) in answers");

    static final Key TIMEOUTS_KEY = Key.of("timeouts", section(TIMEOUTS))
            .usually("those of [`upstream`](#upstream)")
            .effect("waits of its own");

    static final Key ERROR_PAGES = Key.of("errorPages", new Takes.Named("(4|5)([0-9]{2}|xx)", 1, PAGE))
            .usually("a line of text, or JSON for who accepts that")
            .effect(
                    "by status, `404`, or class, `5xx`, a file that errors look like: UTF-8, at most 256 KiB, read at the "
                            + "start and at each reload; `.html`, `.json`, `.xml`, else plain text. gRPC calls have their status "
                            + "instead. Those of the [defaults](#defaults) are also for requests without a route");

    static final Key INTERCEPT_ERRORS = Key.of("interceptErrors", flag())
            .usual("false")
            .effect("whether errors of backends have these pages, too: status, `WWW-Authenticate`, `Retry-After` and "
                    + "`Allow` stay, everything else is replaced")
            .danger("what an API says of an error is lost");

    static final Key MAINTENANCE_KEY = Key.of("maintenance", either(flag(), section(MAINTENANCE)))
            .usual("false")
            .effect("503 for everyone, or for all but some");

    private HandlingKeys() {}
}
