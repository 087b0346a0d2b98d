package dev.sluice.importing;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code listen} of all servers as listeners. For one import, one thread. */
final class NginxListeners {
    /** One address, with who listens there. */
    private static final class Address {
        final List<Directive> servers = new ArrayList<>();
        String name = "";
        boolean tls;

        @Nullable
        Directive proxyProtocol;

        @Nullable
        Directive usual;
    }

    private final Draft draft;
    private final Path directory;
    private final Map<String, Address> addresses = new LinkedHashMap<>();

    NginxListeners(Draft draft, Path main) {
        this.draft = draft;
        this.directory = main.toAbsolutePath().normalize().resolveSibling("");
    }

    /** Of each server, before anything is asked. */
    void declare(Directive server) {
        List<Directive> listens = server.children().stream()
                .filter(one -> one.name().equals("listen"))
                .toList();
        if (listens.isEmpty())
            listens = List.of(new Directive("listen", List.of("80"), null, server.file(), server.line()));
        for (Directive listen : listens) {
            String address = address(listen);
            if (address.isEmpty()) continue;
            Address at = addresses.computeIfAbsent(address, a -> new Address());
            if (!at.servers.contains(server)) at.servers.add(server);
            at.tls |=
                    listen.args().contains("ssl") || server.children().stream().anyMatch(NginxListeners::allTls);
            if (listen.args().contains("proxy_protocol")) at.proxyProtocol = listen;
            boolean usual =
                    listen.args().contains("default_server") || listen.args().contains("default");
            if (usual || at.usual == null) at.usual = usual ? server : at.servers.get(0);
        }
    }

    private static boolean allTls(Directive one) {
        return one.name().equals("ssl") && one.arg(0).equals("on");
    }

    private String address(Directive listen) {
        String text = listen.arg(0);
        if (text.startsWith("unix:")) {
            draft.left.add(listen, "Sluice does not listen on Unix-domain sockets");
            return "";
        }
        if (listen.args().contains("quic")) {
            draft.left.add(listen, "there is no HTTP/3");
            return "";
        }
        String address = text.matches("\\d+") ? ":" + text : text.matches("\\[[^]]*]|[^:]+") ? text + ":80" : text;
        return address.replaceAll("^(\\*|0\\.0\\.0\\.0|\\[::])(?=:)", "");
    }

    /** Names the listeners, and writes them down. */
    void finish(NginxScope http) {
        fold();
        Set<String> names = new HashSet<>();
        addresses.forEach((address, at) -> {
            String scheme = at.tls ? "https" : "http";
            String port = address.substring(address.lastIndexOf(':') + 1);
            at.name = names.add(scheme) ? scheme : scheme + "-" + port;
            if (at.name.contains("-") && !names.add(at.name)) at.name = scheme + "-" + names.size();
            Map<String, Object> listener = new LinkedHashMap<>();
            listener.put("address", address);
            if (at.tls) listener.put("tls", tls(at, http));
            if (at.proxyProtocol != null) listener.put("proxyProtocol", Map.of("from", balancers(at, http)));
            draft.listeners.put(at.name, listener);
        });
    }

    /** One port of one address and of every address are two listeners in nginx, and cannot be in Sluice. */
    private void fold() {
        for (String address : List.copyOf(addresses.keySet())) {
            Address every = addresses.get(address.substring(address.lastIndexOf(':')));
            Address one = addresses.get(address);
            if (every == null || one == null || every == one) continue;
            for (Directive server : one.servers) {
                draft.left.add(
                        server, "listen " + address + " and every address on the same port are one listener now");
                if (!every.servers.contains(server)) every.servers.add(server);
            }
            addresses.remove(address);
        }
    }

    private List<String> balancers(Address at, NginxScope http) {
        List<String> from = at.servers.stream()
                .flatMap(server -> http.in(server.children()).all("set_real_ip_from").stream())
                .map(one -> one.arg(0))
                .filter(block -> !block.startsWith("unix:"))
                .distinct()
                .toList();
        if (!from.isEmpty()) return from;
        if (at.proxyProtocol != null)
            draft.left.add(at.proxyProtocol, "nginx takes the header from everybody: name your load balancers in from");
        return List.of("0.0.0.0/0", "::/0");
    }

    private Map<String, Object> tls(Address at, NginxScope http) {
        Map<String, Object> tls = new LinkedHashMap<>();
        String first = "";
        for (Directive server : order(at)) {
            NginxScope scope = http.in(server.children());
            Directive certificate = scope.find("ssl_certificate");
            if (certificate == null) continue;
            if (first.isEmpty()) {
                first = certificate.arg(0);
                tls.put("certificate", file(first));
                tls.put("key", file(scope.value("ssl_certificate_key")));
                String password = scope.value("ssl_password_file");
                if (!password.isEmpty()) tls.put("password", "${file:" + file(password) + "}");
            } else if (!certificate.arg(0).equals(first)) {
                draft.left.add(
                        certificate,
                        "a listener has one certificate: one for all names, or another listener's address");
            }
        }
        if (first.isEmpty())
            draft.left.add(at.servers.get(0), "there is no ssl_certificate: one is made at start, which nobody trusts");
        return tls;
    }

    /** The default server first: its certificate is what those get who ask for no name. */
    private static List<Directive> order(Address at) {
        List<Directive> order = new ArrayList<>(at.servers);
        if (at.usual != null && order.remove(at.usual)) order.add(0, at.usual);
        return order;
    }

    /** As nginx finds it, wherever the YAML file will be. */
    String file(String name) {
        try {
            return directory.resolve(name).normalize().toString();
        } catch (InvalidPathException e) {
            return name; // Whoever reads the YAML says what is wrong with it.
        }
    }

    /** By name, those where the server listens. */
    List<String> of(Directive server) {
        return addresses.values().stream()
                .filter(at -> at.servers.contains(server))
                .map(at -> at.name)
                .toList();
    }

    /** Those of them where it gets what is for no other server. */
    List<String> usualOf(Directive server) {
        return addresses.values().stream()
                .filter(at -> at.usual == server)
                .map(at -> at.name)
                .toList();
    }

    /** Those of them without TLS. */
    Set<String> plain() {
        return addresses.values().stream()
                .filter(at -> !at.tls)
                .map(at -> at.name)
                .collect(Collectors.toSet());
    }

    /** Its port, or null when it listens at several. */
    @Nullable
    String port(Directive server) {
        List<String> ports = addresses.entrySet().stream()
                .filter(entry -> entry.getValue().servers.contains(server))
                .map(entry -> entry.getKey().substring(entry.getKey().lastIndexOf(':') + 1))
                .distinct()
                .toList();
        return ports.size() == 1 ? ports.get(0) : null;
    }

    /** Whether it listens at the ports that no client writes into {@code Host}. */
    boolean usualPorts(Directive server) {
        return addresses.entrySet().stream()
                .filter(entry -> entry.getValue().servers.contains(server))
                .allMatch(entry -> entry.getKey().endsWith(entry.getValue().tls ? ":443" : ":80"));
    }
}
