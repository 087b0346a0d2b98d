package dev.sluice.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The section {@code listeners}. */
final class ListenerBinder {
    private static final String ADDRESS = "\":8080\", \"127.0.0.1:8080\" or \"[::1]:8080\"";

    private static final String REDIRECT = "https, or https:8443 for another port than 443";

    private static final String EXCEPT = "a path such as /.well-known/acme-challenge";

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
        Redirect redirect = redirect(section, tls);
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
        return parsed == null
                ? null
                : new ListenerConfig(
                        name, parsed.host(), parsed.port(), tls, proxies, redirect.port(), redirect.except());
    }

    /** @param port 0 for none */
    private record Redirect(int port, List<String> except) {
        static final Redirect NONE = new Redirect(0, List.of());
    }

    private Redirect redirect(Section listener, @Nullable TlsConfig tls) {
        Node node = listener.value("redirect");
        if (node == null) return Redirect.NONE;
        Section section = node instanceof Node.Mapping
                ? Section.of(node, listener.path("redirect"), problems, ListenerKeys.REDIRECT)
                : null;
        Integer port = section == null
                ? listener.parsed("redirect", "a redirect", REDIRECT, ListenerBinder::port)
                : section.parsed("to", "a redirect", REDIRECT, ListenerBinder::port);
        if (section != null && section.value("to") == null) port = 443;
        List<String> except = section == null ? List.of() : except(section);
        if (port == null) return Redirect.NONE;
        if (tls == null) return new Redirect(port, except);
        listener.refuse(
                "redirect", "stands beside tls, where requests have come by https already (expected one of the two)");
        return Redirect.NONE;
    }

    private static int port(String text) {
        if (!text.matches("https(:[1-9]\\d{0,4})?"))
            throw new IllegalArgumentException(Text.quote(text) + " is no redirect (expected " + REDIRECT + ")");
        int number = text.equals("https") ? 443 : Integer.parseInt(text.substring("https:".length()));
        if (number > 65_535)
            throw new IllegalArgumentException(number + " is out of range (expected a port, 1 to 65535)");
        return number;
    }

    private static List<String> except(Section redirect) {
        Set<String> known = new HashSet<>();
        return redirect.list("except", "a path", EXCEPT, text -> {
            String path = RouteConfig.prefix(text);
            if (path == null)
                throw new IllegalArgumentException("\"/\" is every path (expected " + EXCEPT + ", or no redirect)");
            if (!known.add(path))
                throw new IllegalArgumentException(Text.quote(path) + " is given twice (expected each path once)");
            return path;
        });
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
