package dev.sluice.config;

import static dev.sluice.config.Takes.either;
import static dev.sluice.config.Takes.list;
import static dev.sluice.config.Takes.oneOrMore;
import static dev.sluice.config.Takes.optional;
import static dev.sluice.config.Takes.secret;
import static dev.sluice.config.Takes.section;
import static dev.sluice.config.Takes.text;

/** The sections of clients' side: listeners, their certificates, and where operators ask. */
final class ListenerKeys {
    static final Takes ADDRESS = text("an address such as `\":8080\"` or `\"127.0.0.1:8080\"`", ".*:[0-9]{1,5}");

    /** Blocks of addresses. */
    static final Takes BLOCKS = text("addresses and blocks such as `10.0.0.0/8`", "[0-9A-Fa-f.:]+(/[0-9]{1,3})?");

    static final Takes FILE = text("a file");

    private static final String HTTPS = "https(:[1-9][0-9]{0,4})?";

    static final Keys TLS = Keys.of(
            "tls",
            "",
            Key.of("certificate", text("a file"))
                    .usually("none: one is made at start")
                    .effect("file with the PEM chain, leaf first")
                    .danger("a certificate made at start is trusted by no client and is a new one after each start: "
                            + "for trying things out"),
            Key.of("key", text("a file"))
                    .usually("none; `certificate` needs it")
                    .effect("file with the PEM private key: PKCS#1, PKCS#8 or EC, encrypted or not")
                    .danger("readable by the user that Sluice runs as, and by no one else"),
            Key.of("keystore", text("a file"))
                    .usually("none")
                    .effect("PKCS#12 file with chain and key, instead of the two")
                    .danger("as for `key`"),
            Key.of("password", secret())
                    .usually("none")
                    .effect("of the encrypted key or of the keystore, as a [placeholder](#values-from-elsewhere): "
                            + "`\"${KEY_PASSWORD}\"` or `\"${file:/run/secrets/key}\"`")
                    .danger("a variable that is not set is an error; a password in the file itself is one too, "
                            + "because the file is copied, mailed and kept in repositories"));

    /** Who may speak the PROXY protocol. */
    static final Keys PROXY_PROTOCOL = Keys.of(
            "proxyProtocol",
            "proxyProtocol.",
            Key.of("from", list(BLOCKS))
                    .required()
                    .effect("peers whose connections begin with a header of the PROXY protocol, version 1 or 2")
                    .danger("who is in here can claim to be any client, and is refused without the header"));

    /** Which requests of a listener are sent to https. */
    static final Keys REDIRECT = Keys.of(
            "listenerRedirect",
            "redirect.",
            Key.of("to", text("`https`, or `https:8443`", HTTPS))
                    .usual("https")
                    .effect("where to: the same place by HTTPS, at 443 or the port that is named"),
            Key.of("except", oneOrMore(text("a path", "/.*")))
                    .usually("no path")
                    .effect("prefixes of whole segments, as `path` of a route: what is below them is not redirected, "
                            + "routes are asked as at any other listener. A path that could be read as one below them "
                            + "and as another is redirected")
                    .danger("what is asked for and answered there goes without TLS"));

    static final Keys LISTENER = Keys.of(
            "listener",
            "",
            Key.of("address", ADDRESS)
                    .required()
                    .effect("where to accept connections: `\":8080\"` on every interface, `\"127.0.0.1:8080\"`, "
                            + "`\"[::1]:8080\"`, `\"localhost:8080\"`. Port 0: the system picks one")
                    .danger("`\":8080\"` is open to everyone who can reach the machine"),
            Key.of("tls", optional(TLS))
                    .usually("plain")
                    .effect("the certificate. Without this key the listener is plain and speaks HTTP/1.1 and h2c; "
                            + "with it HTTP/2 and HTTP/1.1, by ALPN. `{}` makes a certificate at start"),
            Key.of("proxyProtocol", section(PROXY_PROTOCOL))
                    .usually("nobody's")
                    .effect("`{ from: [ 10.0.0.0/8, 192.0.2.7 ] }`: connections of these peers, load balancers for "
                            + "example, begin with a header of the PROXY protocol, version 1 or 2. See "
                            + "[protocols](protocols.md#the-proxy-protocol). Not in `sluice.war`, whose listeners "
                            + "are the Jetty's")
                    .danger("who is in `from` can claim to be any client, and is refused without the header"),
            Key.of("redirect", either(text("`https`, or `https:8443`", HTTPS), section(REDIRECT)))
                    .usually("none")
                    .effect(
                            "every request of this listener, which is a plain one, gets 308 to the same place by HTTPS, "
                                    + "at 443 or the port that is named; no route is asked, except where "
                                    + "[`redirect.except`](#listeners) says so. Whom one of the `trustedProxies` has "
                                    + "served by HTTPS is there already")
                    .danger("clients have sent what they had to say without TLS by then, cookies included: "
                            + "`securityHeaders` keeps browsers from coming that way again"));

    static final Keys ADMIN = Keys.of(
            "admin",
            "",
            Key.of("address", ADDRESS)
                    .usual("127.0.0.1:9901")
                    .effect("where operators ask, and `sluice drain`; all that "
                            + "[drain.md](drain.md#asking-and-telling) lists")
                    .danger("one of the loopback interface, because whoever reaches it can stop the proxy; so can "
                            + "every user of the machine"),
            Key.of("probes", ADDRESS)
                    .usually("none: both are to be asked at `address` only")
                    .effect("one more address, for load balancers and Kubernetes: `/livez` is 200 as long as the "
                            + "process answers, `/readyz` is 200 or 503"));

    private ListenerKeys() {}
}
