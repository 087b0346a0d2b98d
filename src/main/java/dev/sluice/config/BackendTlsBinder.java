package dev.sluice.config;

import javax.net.ssl.SNIHostName;
import org.jspecify.annotations.Nullable;

/** A section {@code tls} of backends. */
final class BackendTlsBinder {

    private final Problems problems;
    private final SecretFiles files;

    BackendTlsBinder(Problems problems, SecretFiles files) {
        this.problems = problems;
        this.files = files;
    }

    /** Null when it is no section, which has been reported. */
    @Nullable
    BackendTlsConfig bind(Node node, String path) {
        Section tls = Section.of(node, path, problems, PoolKeys.BACKEND_TLS);
        if (tls == null) return null;
        boolean certificate = tls.value("certificate") != null;
        boolean key = tls.value("key") != null;
        if (certificate != key) {
            String given = certificate ? "certificate" : "key";
            String missing = certificate ? "key" : "certificate";
            if (!tls.misspelt(missing))
                problems.add(tls.at(), path, "has a " + given + " but no " + missing + " (expected both, or neither)");
        }
        if (!key && !tls.misspelt("key"))
            tls.refuse("keyPassword", "nothing here takes a password (expected a key beside it)");
        if (tls.value("trust") == null && !tls.misspelt("trust"))
            tls.refuse("trustPassword", "nothing here takes a password (expected a PKCS#12 file as trust beside it)");
        boolean verify = tls.flag("verify", true);
        if (!verify) tls.refuse("trust", "has no effect beside verify: false (expected one of the two)");
        return new BackendTlsConfig(
                files.file(tls, "trust"),
                files.password(tls, "trustPassword"),
                serverName(tls),
                files.file(tls, "certificate"),
                files.file(tls, "key"),
                files.password(tls, "keyPassword"),
                verify);
    }

    private @Nullable String serverName(Section tls) {
        Node node = tls.value("serverName");
        String expected = "a name such as backend.example, or an address";
        String text = tls.text("serverName", "a name", expected);
        if (node == null || text == null) return null;
        if (Authority.ipv4(text) != null || Authority.ipv6(text) != null || isName(text)) return text;
        String message = Text.quote(text) + " is no name that a certificate could be for (expected " + expected + ")";
        problems.add(node.at(), tls.path("serverName"), message);
        return null;
    }

    /** What a handshake can carry (RFC 6066 §3), and no address misspelt. */
    private static boolean isName(String text) {
        Authority authority = Authority.split(text);
        if (authority == null || authority.port() != null || authority.host().isEmpty()) return false;
        try {
            return new SNIHostName(text).getAsciiName().equalsIgnoreCase(text);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
