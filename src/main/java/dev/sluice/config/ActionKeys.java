package dev.sluice.config;

import static dev.sluice.config.Takes.number;
import static dev.sluice.config.Takes.text;

/** What routes take that go to no single pool. */
final class ActionKeys {
    /** One of several pools. */
    static final Keys SHARE = Keys.of(
            "share",
            "split.",
            Key.of("pool", text("a name", PoolKeys.NAME)).required().effect("the name of a [pool](#pools)"),
            Key.of("weight", number(0, 65_535))
                    .usual("1")
                    .effect("its share of the requests, beside the weights of the others; by chance. 0: none but those "
                            + "that fit below"),
            Key.of("headers", new Takes.Named(RouteKeys.TOKEN, 1, RouteKeys.VALUE))
                    .usually("none: the weights decide")
                    .effect("as those of a route: a request that one of them fits goes here whatever the weights"),
            Key.of("cookies", new Takes.Named(RouteKeys.TOKEN, 1, RouteKeys.VALUE))
                    .usually("none: the weights decide")
                    .effect("the same by cookies"));

    static final Keys REDIRECT = Keys.of(
            "redirect",
            "redirect.",
            Key.of("to", text("a target"))
                    .required()
                    .effect("what `Location` says: an `http(s)` URL or a path, with [placeholders](#placeholders)"),
            Key.of("status", number(301, 308).within("301, 302, 303, 307 or 308"))
                    .usual("308")
                    .effect("with 307 and 308 method and body are sent again as they are")
                    .danger("browsers remember 301 and 308 for long"));

    static final Keys RESPOND = Keys.of(
            "respond",
            "respond.",
            Key.of("status", number(200, 599)).usual("200").effect("of the answer"),
            Key.of("body", text("a text"))
                    .usually("empty")
                    .effect("with [placeholders](#placeholders), at most 65536 characters"),
            Key.of("type", text("a media type"))
                    .usual("text/plain;charset=utf-8")
                    .effect("what `Content-Type` says"));

    private ActionKeys() {}
}
