package dev.sluice.importing;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Addresses of sites as listeners. For one import, one thread. */
final class CaddySites {
    /** Sites with their hosts, by listener. An empty list of hosts is every host. */
    record Site(Directive directive, Map<String, List<String>> hosts) {}

    /** One port, with who is there. */
    private static final class Place {
        String name = "";
        final boolean tls;
        final Map<String, Object> files = new LinkedHashMap<>();
        final Set<String> hosts = new LinkedHashSet<>();
        final Directive first;

        Place(boolean tls, Directive first) {
            this.tls = tls;
            this.first = first;
        }
    }

    private static final String VARIABLE = "\\{\\$[^{}]*}";
    private static final Pattern ADDRESS = Pattern.compile("(?:(https?)://)?((?:" + VARIABLE
            + "|\\[[0-9A-Fa-f:.]*]|[^:/{}\\[\\]])*)(?::(\\d{1,5}|" + VARIABLE + "))?(/.*)?");

    private final Draft draft;
    private final Leftovers left;
    private final String httpPort;
    private final String httpsPort;
    private final Map<String, Place> places = new LinkedHashMap<>();

    CaddySites(Draft draft, String httpPort, String httpsPort) {
        this.draft = draft;
        this.left = draft.left;
        this.httpPort = httpPort;
        this.httpsPort = httpsPort;
    }

    /** A file, as Caddy finds it when it is started beside the Caddyfile. */
    static String file(Directive from, String name) throws NotCarried {
        String plain = CaddyText.plain(name);
        if (plain.startsWith("${")) return plain;
        try {
            return Path.of(from.file())
                    .toAbsolutePath()
                    .normalize()
                    .resolveSibling(plain)
                    .normalize()
                    .toString();
        } catch (InvalidPathException e) {
            throw new NotCarried("it is no name of a file");
        }
    }

    /** Null-free: a site without an address that can be carried over has no hosts at all, and is listed. */
    Site site(Directive directive) {
        List<String> addresses = new ArrayList<>();
        List<String> words = new ArrayList<>(List.of(directive.name()));
        words.addAll(directive.args());
        for (String word : words) for (String part : word.split(",")) if (!part.isBlank()) addresses.add(part.strip());
        Map<String, List<String>> hosts = new LinkedHashMap<>();
        for (String address : addresses) {
            try {
                add(address, directive, hosts);
            } catch (NotCarried e) {
                left.add(directive, address + ": " + e.why());
            }
        }
        return new Site(directive, hosts);
    }

    private void add(String address, Directive site, Map<String, List<String>> hosts) throws NotCarried {
        Matcher parts = ADDRESS.matcher(address);
        if (!parts.matches()) throw new NotCarried("it is no address that a listener can have");
        if (parts.group(4) != null && !parts.group(4).equals("/"))
            throw new NotCarried("a path is no part of an address here: write handle " + parts.group(4));
        String host = CaddyText.plain(parts.group(2));
        String port = parts.group(3) == null ? "" : CaddyText.plain(parts.group(3));
        boolean own = site.children().stream()
                .anyMatch(one -> one.name().equals("tls")
                        && !(one.args().isEmpty() && one.children().isEmpty()));
        boolean plain = "http".equals(parts.group(1))
                || port.equals(httpPort)
                || parts.group(1) == null && host.isEmpty() && !port.equals(httpsPort) && !own;
        if (port.isEmpty()) port = plain ? httpPort : httpsPort;
        Place place = place(port, !plain, site);
        List<String> of = hosts.computeIfAbsent(key(port, site), name -> new ArrayList<>());
        if (host.isEmpty()) of.add("*");
        else of.add(host);
        place.hosts.add(host.isEmpty() ? "*" : host);
    }

    private static String bind(Directive site) {
        for (Directive one : site.children())
            if (one.name().equals("bind") && !one.args().isEmpty()) return one.arg(0);
        return "";
    }

    private static String key(String port, Directive site) {
        String bind = bind(site);
        boolean every = bind.isEmpty() || bind.equals("0.0.0.0") || bind.equals("::");
        String at = every ? "" : bind.indexOf(':') >= 0 && !bind.startsWith("[") ? "[" + bind + "]" : bind;
        return at + ":" + port;
    }

    private Place place(String port, boolean tls, Directive site) throws NotCarried {
        String key = key(port, site);
        if (bind(site).startsWith("unix/")) throw new NotCarried("Sluice does not listen on Unix-domain sockets");
        Place place = places.computeIfAbsent(key, k -> new Place(tls, site));
        if (place.tls != tls) throw new NotCarried("a port is with TLS or without");
        if (tls) certificate(place, site);
        return place;
    }

    private void certificate(Place place, Directive site) {
        for (Directive one : site.children()) {
            if (!one.name().equals("tls")) continue;
            for (Directive inner : one.children())
                if (!inner.name().equals("client_auth")) left.add(inner, "see tls of a listener, and etc/tls.xml");
            if (one.args().size() != 2) {
                if (!one.args().isEmpty()) left.add(one, "see tls of a listener: certificate, key");
                continue;
            }
            try {
                Map<String, Object> files = new LinkedHashMap<>();
                files.put("certificate", file(one, one.arg(0)));
                files.put("key", file(one, one.arg(1)));
                if (place.files.isEmpty()) place.files.putAll(files);
                else if (!place.files.equals(files))
                    left.add(one, "a listener has one certificate: one for all names, or another listener's address");
            } catch (NotCarried e) {
                left.add(one, e.why());
            }
        }
    }

    /**
     * Names the listeners and writes them down.
     *
     * @param redirects whether plain HTTP leads to HTTPS where nothing else is said
     */
    void finish(boolean redirects) {
        Set<String> names = new LinkedHashSet<>();
        Place secure = places.get(":" + httpsPort);
        Place plain = places.get(":" + httpPort);
        if (redirects && secure != null && plain == null) {
            names.add("http");
            Map<String, Object> listener = new LinkedHashMap<>(Map.of("address", ":" + httpPort));
            listener.put("redirect", httpsPort.equals("443") ? "https" : "https:" + httpsPort);
            draft.listeners.put("http", listener);
        }
        places.forEach((address, place) -> {
            String scheme = place.tls ? "https" : "http";
            place.name = names.add(scheme) ? scheme : scheme + "-" + (names.size() + 1);
            names.add(place.name);
            Map<String, Object> listener = new LinkedHashMap<>();
            listener.put("address", address);
            if (place.tls) listener.put("tls", place.files);
            if (place.tls && place.files.isEmpty())
                left.add(
                        place.first,
                        "Sluice gets no certificates: one is made at start, which nobody trusts; name one in listeners."
                                + place.name + ".tls");
            draft.listeners.put(place.name, listener);
        });
        if (redirects && secure != null && plain != null) redirected(plain, secure);
    }

    /** Hosts that have a site with TLS, and none without, at a port where others have one. */
    private void redirected(Place plain, Place secure) {
        List<String> hosts = secure.hosts.stream()
                .filter(host -> !plain.hosts.contains(host) && !host.equals("*"))
                .toList();
        if (hosts.isEmpty()) return;
        DraftRoute route = new DraftRoute(secure.first).set("host", hosts).set("listeners", List.of(plain.name));
        String port = httpsPort.equals("443") ? "" : ":" + httpsPort;
        draft.addSite(List.of(Answers.redirect(route, "https://{hostname}" + port + "{uri}", 308)));
    }

    /** The name of the listener of an address. */
    String name(String address) {
        Place place = places.get(address);
        return place == null ? "" : place.name;
    }
}
