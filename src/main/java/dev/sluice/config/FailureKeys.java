package dev.sluice.config;

import static dev.sluice.config.Takes.choice;
import static dev.sluice.config.Takes.duration;
import static dev.sluice.config.Takes.either;
import static dev.sluice.config.Takes.flag;
import static dev.sluice.config.Takes.number;
import static dev.sluice.config.Takes.oneOrMore;
import static dev.sluice.config.Takes.percent;
import static dev.sluice.config.Takes.word;

import dev.sluice.config.RetryConfig.Methods;

/** The sections of pools that say what becomes of failures: {@code retries} and {@code ejection}. */
final class FailureKeys {
    static final Keys RETRIES = Keys.of(
            "retries",
            "retries.",
            Key.of("tries", number(1, 20))
                    .usual("3")
                    .effect("backends that may have had the request, the first included")
                    .danger("a request that brings down a backend brings down as many"),
            Key.of("methods", choice(Methods.class))
                    .usual("idempotent")
                    .effect("which may be processed twice: `idempotent` (GET, HEAD, OPTIONS, TRACE, PUT and "
                            + "DELETE), `none` or `all`")
                    .danger("with `all` a POST is done twice, unless the application sees to it"),
            Key.of("timeouts", flag())
                    .usual("false")
                    .effect("whether no answer in time is a reason")
                    .danger("the client waits twice as long, and what was slow is done twice"),
            Key.of("statuses", either(word("off"), oneOrMore(new Takes.Status(500, 599))))
                    .usual("502-504")
                    .effect("answers that are a reason, as long as there is another backend")
                    .danger("with 500, what is wrong with a request is found out by several backends"),
            Key.of("budget", percent(0, 100))
                    .usual("20%")
                    .effect("share of the pool's requests, within about ten seconds, that may be tried again")
                    .danger("much, and an outage is made worse by those who try"),
            Key.of("burst", number(0, 1_000_000))
                    .usual("100")
                    .effect("how many more at once, for quiet pools; spent ones come back within ten seconds")
                    .danger("much, and an outage is made worse by those who try"),
            Key.of("timeout", duration("1ms", "1h"))
                    .usual("10s")
                    .effect("from the beginning of the request, after which no other try begins"),
            Key.of("body", number(0, 1 << 20))
                    .usual("65536")
                    .effect("bytes of a body that are kept")
                    .danger("memory that each upload may take"));

    static final Keys EJECTION = Keys.of(
            "ejection",
            "ejection.",
            Key.of("failures", number(0, 1000))
                    .usual("5")
                    .effect("failures in a row; 0: not for that")
                    .danger("with 1, one lost packet is enough"),
            Key.of("failureShare", percent(0, 100))
                    .usual("50%")
                    .effect("share of the requests within `window` that failed; `0%`: not for that")
                    .danger("below what clients provoke, it takes out backends that are well"),
            Key.of("requests", number(1, 1_000_000))
                    .usual("20")
                    .effect("requests within `window` below which no share is taken")
                    .danger("few, and chance decides"),
            Key.of("window", duration("100ms", "1h"))
                    .usual("10s")
                    .effect("over which the share is taken, give or take a tenth")
                    .danger("long, and an outage is seen late"),
            Key.of("statuses", oneOrMore(new Takes.Status(200, 599)))
                    .usually("none")
                    .effect("answers that count as failures, such as `500-599`")
                    .danger("one request that always fails, sent again and again, takes out one backend after the "
                            + "other"),
            Key.of("time", duration("100ms", "24h"))
                    .usual("10s")
                    .effect("how long it is left alone at first")
                    .danger("short, and it costs clients a failure each time"),
            Key.of("longest", duration("100ms", "24h").within("`time` to `24h`"))
                    .usual("5m", "or `time` where that is longer")
                    .effect("how long at most, after doublings")
                    .danger("so long a backend may be well and unused"),
            Key.of("most", percent(1, 100))
                    .usual("50%")
                    .effect("share of the pool's backends that are left alone at once, rounded down, but always one "
                            + "of several")
                    .danger("with much, few are left to bear the load of all, and fail by it"));

    private FailureKeys() {}
}
