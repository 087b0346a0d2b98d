package dev.sluice.config;

import static dev.sluice.config.Takes.duration;
import static dev.sluice.config.Takes.either;
import static dev.sluice.config.Takes.flag;
import static dev.sluice.config.Takes.oneOrMore;
import static dev.sluice.config.Takes.section;
import static dev.sluice.config.Takes.text;

/** What routes take that tell browsers something. */
final class BrowserKeys {
    static final Keys CORS = Keys.of(
            "cors",
            "cors.",
            Key.of("origins", oneOrMore(text("an origin")))
                    .required()
                    .effect(
                            "`https://app.example.com`; `https://*.example.com`, which is every name with at least one more "
                                    + "label in front; or `\"*\"` alone for all"),
            Key.of("methods", oneOrMore(text("a method", "[A-Z]{1,32}|\\*")))
                    .usually("none")
                    .effect("that pages may use, beside GET, HEAD and POST"),
            Key.of("headers", oneOrMore(text("a name", RouteKeys.TOKEN)))
                    .usually("none")
                    .effect("that they may send, beside what needs no leave; `\"*\"` for those that they ask for"),
            Key.of("expose", oneOrMore(text("a name", RouteKeys.TOKEN)))
                    .usually("none")
                    .effect("fields of answers that they may read"),
            Key.of("credentials", flag())
                    .usual("false")
                    .effect("whether cookies come along")
                    .danger("these pages act as the user"),
            Key.of("maxAge", duration("0s", "24h")).usual("10m").effect("how long browsers may remember it"));

    static final Keys SECURITY = Keys.of(
            "securityHeaders",
            "securityHeaders.",
            Key.of("hsts", duration("1s", "87600h").orOff())
                    .usual("8760h")
                    .effect("`Strict-Transport-Security`, said over TLS only")
                    .danger("cannot be taken back: browsers refuse plain HTTP for that long"),
            Key.of("includeSubDomains", flag()).usual("false").effect("whether that holds for hosts below it"),
            Key.of("preload", flag()).usual("false").effect("whether browsers may bring it along"),
            Key.of("frameOptions", text("`DENY`, `SAMEORIGIN` or `off`", "DENY|SAMEORIGIN|off"))
                    .usual("SAMEORIGIN")
                    .effect("`X-Frame-Options`"),
            Key.of("referrerPolicy", text("a policy, or `off`"))
                    .usual("strict-origin-when-cross-origin")
                    .effect("`Referrer-Policy`"),
            Key.of("contentTypeOptions", flag()).usual("true").effect("`X-Content-Type-Options: nosniff`"));

    static final Key CORS_KEY = Key.of("cors", section(CORS))
            .usually("left to the backend")
            .effect("which pages of other origins may use this route. Sluice answers preflight requests itself, and "
                    + "replaces what backends say of it")
            .danger("with `credentials` these pages act as the user");

    static final Key SECURITY_KEY = Key.of("securityHeaders", either(flag(), section(SECURITY)))
            .usual("false")
            .effect("fields that make browsers careful; what the backend says of these stays")
            .danger("`hsts` cannot be taken back: browsers refuse plain HTTP for that long");

    private BrowserKeys() {}
}
