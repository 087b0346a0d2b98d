package dev.sluice.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The section {@code listeners}. */
final class ListenerBinder {
    private static final String ADDRESS = "\":8080\", \"127.0.0.1:8080\" or \"[::1]:8080\"";

    private static final String REDIRECT = "https, or https:8443 for another port than 443";

    private final Problems problems;
    private final SecretFiles files;

    ListenerBinder(Problems problems, SecretFiles files) {
        this.problems = problems;
        this.files = files;
    }

    List<ListenerConfig> bind(Node node) {
        List<ListenerConfig> listeners = new ArrayList<>();
        List<Place> places = new ArrayList<>();
        if (!(node instanceof Node.Mapping mapping)) {
            problems.unexpected(node, "listeners", "a mapping", "one such as http: { address: \":8080\" }");
            return listeners;
        }
        if (mapping.entries().isEmpty()) {
            problems.add(node.at(), "listeners", "there is none (expected at least one, or no such section)");
        }
        mapping.entries().forEach((name, entry) -> {
            ListenerConfig listener = listener(name, entry);
            if (listener == null) return;
            for (int i = 0; i < listeners.size(); i++) {
                ListenerConfig other = listeners.get(i);
                if (!listener.collidesWith(other)) continue;
                String rival = other.address() + " of listener " + other.name() + " at " + places.get(i);
                String message = listener.address() + " collides with " + rival;
                problems.add(entry.keyAt(), Text.join("listeners", name), message + " (expected another port or host)");
                break;
            }
            listeners.add(listener);
            places.add(entry.keyAt());
        });
        return listeners;
    }

    private @Nullable ListenerConfig listener(String name, Node.Entry entry) {
        String path = Text.join("listeners", name);
        checkName(name, path, entry.keyAt());
        Section section = Section.of(entry.value(), path, problems, ListenerKeys.LISTENER);
        if (section == null) return null;
        TlsConfig tls = tls(section.value("tls"), section.path("tls"));
        List<Cidr> proxies = proxyProtocol(section.value("proxyProtocol"), section.path("proxyProtocol"));
        int redirect = redirect(section, tls);
        Node address = section.value("address");
        if (address == null) {
            section.missing("address", ADDRESS);
            return null;
        }
        String text = section.text("address", "an address", ADDRESS);
        if (text == null) return null;
        // A bad name has been told where it stands; here only the address counts.
        ListenerConfig parsed = Section.parsed(
                address, section.path("address"), problems, text, a -> ListenerConfig.parse("listener", a, tls));
        return parsed == null ? null : new ListenerConfig(name, parsed.host(), parsed.port(), tls, proxies, redirect);
    }

    /** The port, or 0. */
    private int redirect(Section section, @Nullable TlsConfig tls) {
        Integer port = section.parsed("redirect", "a redirect", REDIRECT, text -> {
            if (!text.matches("https(:[1-9]\\d{0,4})?"))
                throw new IllegalArgumentException(Text.quote(text) + " is no redirect (expected " + REDIRECT + ")");
            int number = text.equals("https") ? 443 : Integer.parseInt(text.substring("https:".length()));
            if (number > 65_535)
                throw new IllegalArgumentException(number + " is out of range (expected a port, 1 to 65535)");
            return number;
        });
        if (port == null) return 0;
        if (tls == null) return port;
        section.refuse(
                "redirect", "stands beside tls, where requests have come by https already (expected one of the two)");
        return 0;
    }

    /** Required: whoever may speak it can claim to be any client. */
    private List<Cidr> proxyProtocol(@Nullable Node node, String path) {
        if (node == null) return List.of();
        Section section = Section.of(node, path, problems, ListenerKeys.PROXY_PROTOCOL);
        if (section == null) return List.of();
        Node from = section.value("from");
        if (from == null) {
            section.missing("from", Blocks.EXPECTED);
            return List.of();
        }
        List<Cidr> blocks = Blocks.bind(from, section.path("from"), problems);
        if (from instanceof Node.Sequence list && list.items().isEmpty()) {
            problems.add(from.at(), section.path("from"), "there is no peer (expected " + Blocks.EXPECTED + ")");
        }
        return blocks;
    }

    private void checkName(String name, String path, Place at) {
        try {
            ListenerConfig.parse(name, ":0", null);
        } catch (IllegalArgumentException e) {
            problems.add(at, path, String.valueOf(e.getMessage()));
        }
    }

    private @Nullable TlsConfig tls(@Nullable Node node, String path) {
        if (node == null) return null;
        if (Section.isNull(node)) return TlsConfig.generated();
        Section tls = Section.of(node, path, problems, ListenerKeys.TLS);
        if (tls == null) return null;
        boolean certificate = tls.value("certificate") != null;
        boolean key = tls.value("key") != null;
        boolean keystore = tls.value("keystore") != null;
        if (keystore && (certificate || key)) {
            problems.add(tls.at(), path, "has both a keystore and PEM files (expected one of the two)");
        } else if (certificate != key) {
            String given = certificate ? "certificate" : "key";
            String missing = certificate ? "key" : "certificate";
            problems.add(tls.at(), path, "has a " + given + " but no " + missing + " (expected both, or neither)");
        }
        if (tls.value("password") != null && !key && !keystore) {
            String nothing = "nothing here takes a password (expected a key or a keystore beside it)";
            problems.add(tls.at(), tls.path("password"), nothing);
        }
        return new TlsConfig(
                files.file(tls, "certificate"),
                files.file(tls, "key"),
                files.file(tls, "keystore"),
                files.password(tls, "password"));
    }
}
