package dev.sluice.config;

import static dev.sluice.config.Takes.choice;
import static dev.sluice.config.Takes.duration;
import static dev.sluice.config.Takes.percent;
import static dev.sluice.config.Takes.secret;
import static dev.sluice.config.Takes.section;
import static dev.sluice.config.Takes.text;

import dev.sluice.config.BalanceConfig.HashOn;
import dev.sluice.config.BalanceConfig.Policy;
import dev.sluice.config.BalanceConfig.SameSite;

/** The section {@code balance} of pools. */
final class BalanceKeys {
    static final Keys STICKY = Keys.of(
            "sticky",
            "sticky.",
            Key.of("cookie", text("a token, at most 128 characters", BalanceBinder.TOKEN))
                    .usually("`sluice-` and the name of the pool")
                    .effect("its name")
                    .danger("two pools cannot have the same, because a browser would keep only one; that of an "
                            + "application is hidden from it"),
            Key.of("secret", secret())
                    .required()
                    .effect("signs it, as a [placeholder](#values-from-elsewhere): `\"${STICKY_SECRET}\"`. `openssl "
                            + "rand -hex 32` makes one. 16 characters and more")
                    .danger("with another secret all clients begin anew. Whoever knows it can choose a backend, and "
                            + "nothing more"),
            Key.of("sameSite", choice(SameSite.class))
                    .usual("lax")
                    .effect("whether browsers send it in requests that other sites make")
                    .danger("`strict`: whoever follows a link from another site has no cookie in the first request, "
                            + "and may meet another backend. `none`: browsers take it only with `Secure`, so that "
                            + "over plain HTTP there is no cookie at all, and send it in requests that other sites "
                            + "make"),
            Key.of("maxAge", duration("1s", "8760h"))
                    .usually("as long as they run")
                    .effect("how long browsers keep it, from when it was set")
                    .danger("when it ends, a client in the middle of something may meet another backend"));

    static final Keys BALANCE = Keys.of(
            "balance",
            "balance.",
            Key.of("policy", choice(Policy.class))
                    .usual("round-robin")
                    .effect("how one of the backends is chosen: in turn, the one with the fewest outstanding "
                            + "requests, of two at random the one that promises the shorter wait, at random, or "
                            + "always the same one for the same header, cookie, client or path"),
            Key.of("on", choice(HashOn.class))
                    .usually("none; `hash` needs it")
                    .effect("of `hash`, which needs it: what of a request decides. `client` is the address at the "
                            + "other end of the connection; where that is in `trustedProxies` the last one that is "
                            + "not, in `X-Forwarded-For` or else `Forwarded`. `path` is as it came, without the "
                            + "query")
                    .danger("clients behind one address translation are one client; an IPv6 client has another "
                            + "address from time to time. What clients can choose, they can choose so that it meets "
                            + "one backend"),
            Key.of("name", text("1 to 128 characters", BalanceBinder.TOKEN))
                    .usually("none; `on` needs it for a header or a cookie")
                    .effect("of the header or the cookie that `on` means. A request without it, or with an empty "
                            + "one, goes to any backend at random"),
            Key.of("bound", percent(100, 1000))
                    .usual("125%")
                    .effect("of `hash`: how many outstanding requests a backend may have, in percent of the mean "
                            + "(by weight); beyond that the next one takes over, the same one each time")
                    .danger("high, and one key that everybody wants overloads its backend; low, and keys meet other "
                            + "backends than theirs more often"),
            Key.of("sticky", section(STICKY))
                    .usually("no cookie")
                    .effect("a cookie brings a client back to the backend that it had, whatever the policy, which "
                            + "chooses for those without one"),
            Key.of("slowStart", duration("1s", "1h"))
                    .usually("it is whole at once")
                    .effect("how long the share of a backend that is new, or well again, grows until it is whole")
                    .danger("meanwhile the others have to bear the rest"),
            Key.of("panicThreshold", percent(0, 100))
                    .usual("10%")
                    .effect("below which part of usable backends (backups not counted) all are tried, well or not, "
                            + "unless a backup is usable: the few would only be the next to fail")
                    .danger("high, and requests go to backends that are known to fail. When none is usable all are "
                            + "tried in any case"));

    private BalanceKeys() {}
}
