package dev.sluice.config;

import static dev.sluice.config.Takes.anyList;
import static dev.sluice.config.Takes.either;
import static dev.sluice.config.Takes.list;
import static dev.sluice.config.Takes.oneOrMore;
import static dev.sluice.config.Takes.optional;
import static dev.sluice.config.Takes.section;
import static dev.sluice.config.Takes.text;

/** The whole file, and its section {@code defaults}. */
final class FileKeys {
    static final Keys DEFAULTS = Keys.of(
            "defaults",
            "defaults.",
            Key.of("pool", optional(PoolKeys.DEFAULTS))
                    .usually("nothing: each key of a pool has its own")
                    .effect("for all [pools](#pools), and for the backends of routes with `to`: `health`, "
                            + "`retries`, `ejection`, `limits`, `connections`, `balance` without `sticky`, and "
                            + "`tls`, which only `https://` backends take"),
            Key.of("route", optional(RouteKeys.DEFAULTS))
                    .usually("nothing: each key of a route has its own")
                    .effect("for all [routes](#routes): `drain`, `request`, `response`, `timeouts`, `errorPages`, "
                            + "`interceptErrors`, `maintenance`, `cors`, `securityHeaders`, where they make sense for "
                            + "what the route does"));

    /** The whole file. */
    static final Keys FILE = Keys.of(
            "file",
            "",
            Key.of("listeners", new Takes.Named("[A-Za-z][A-Za-z0-9_-]{0,63}", 1, section(ListenerKeys.LISTENER)))
                    .usually("`http` on `:8080`, plain, and `https` on `:8443` with a certificate made at start")
                    .effect("addresses to accept connections on, by names of your own: [`listeners`](#listeners)")
                    .danger("`\":8080\"` is open to everyone who can reach the machine"),
            Key.of("drain", optional(ServerKeys.DRAIN))
                    .usually("that of each of its keys")
                    .effect("how the server ends, on SIGINT, SIGTERM, or when it is told to: [`drain`](#drain)"),
            Key.of("routes", list(section(RouteKeys.ROUTE)))
                    .usually("`/api` to `http://localhost:8000`, everything else to `http://localhost:8001`")
                    .effect("which requests, and where they go: [`routes`](#routes). The order does not matter, "
                            + "unless two routes look for the same"),
            Key.of("pools", either(new Takes.Named(PoolKeys.NAME, 0, section(PoolKeys.POOL)), new Takes.Nothing()))
                    .usually("none")
                    .effect("backends by names of your own, so that several routes can share them, with what is "
                            + "known of their health: [`pools`](#pools). One that no route uses is an error"),
            Key.of("trustedProxies", either(anyList(ListenerKeys.BLOCKS), new Takes.Nothing()))
                    .usually("none")
                    .effect("peers whose `Forwarded` and `X-Forwarded-*` are believed and continued; those of all "
                            + "others are dropped, and so is their `X-Real-IP`: [`trustedProxies`](#trustedproxies)")
                    .danger("who is in here can claim to be any client"),
            Key.of("upstream", optional(ServerKeys.UPSTREAM))
                    .usually("that of each of its keys")
                    .effect("how backends are talked to: [`upstream`](#upstream)"),
            Key.of("server", optional(ServerKeys.SERVER))
                    .usually("that of each of its keys")
                    .effect("bounds of the clients' side, all listeners together where nothing else is said: "
                            + "[`server`](#server)"),
            Key.of("dns", optional(ServerKeys.DNS))
                    .usually("that of each of its keys")
                    .effect("how names are looked up where pools find backends by them: [`dns`](#dns)"),
            Key.of("admin", optional(ListenerKeys.ADMIN))
                    .usually("none")
                    .effect("where a running proxy can be asked, and told: [`admin`](#admin). `{}` is enough")
                    .danger("every user of the machine can reach the loopback interface"),
            Key.of("defaults", optional(DEFAULTS))
                    .usually("none")
                    .effect("what pools and routes have in common: [`defaults`](#defaults)"),
            Key.of("include", oneOrMore(text("a file, or a pattern such as `conf.d/*.yaml`")))
                    .usually("none")
                    .effect("further files, whose contents are put together with this one: [several "
                            + "files](#several-files)"));

    private FileKeys() {}
}
