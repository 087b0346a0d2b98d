package dev.sluice.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The section {@code dns}. */
final class DnsBinder {
    private static final String SERVER = "an address such as 10.0.0.53, \"127.0.0.1:5353\" or \"[::1]:53\"";
    private static final int PORT = 53;
    private static final int MOST_SERVERS = 8;

    private final Problems problems;

    DnsBinder(Problems problems) {
        this.problems = problems;
    }

    DnsConfig bind(@Nullable Node node) {
        DnsConfig defaults = DnsConfig.defaults();
        Section dns = Section.optional(node, "dns", problems, ServerKeys.DNS);
        if (dns == null) return defaults;
        Duration timeout = dns.duration("timeout", defaults.timeout());
        Duration most = dns.duration("maxTtl", defaults.maxTtl());
        Duration shortened = most.compareTo(defaults.minTtl()) < 0 ? most : defaults.minTtl();
        Duration least = dns.duration("minTtl", shortened, Duration.ofMillis(100), most);
        return new DnsConfig(servers(dns), timeout, least, most);
    }

    private List<InetSocketAddress> servers(Section dns) {
        List<InetSocketAddress> servers = new ArrayList<>();
        Node node = dns.value("servers");
        if (node == null) return servers;
        if (!(node instanceof Node.Sequence list)) {
            problems.unexpected(node, dns.path("servers"), "a list", "a list of addresses such as [ 10.0.0.53 ]");
            return servers;
        }
        if (list.items().isEmpty() || list.items().size() > MOST_SERVERS) {
            String expected = " (expected 1 to " + MOST_SERVERS + ", or no such key for those of the system)";
            problems.add(node.at(), dns.path("servers"), list.items().size() + " servers" + expected);
        }
        for (int i = 0; i < list.items().size(); i++) {
            Node item = list.items().get(i);
            String path = dns.path("servers") + "[" + i + "]";
            String text = Section.text(item, path, problems, "an address", SERVER);
            InetSocketAddress server =
                    text == null ? null : Section.parsed(item, path, problems, text, DnsBinder::server);
            if (server != null) servers.add(server);
        }
        return servers;
    }

    /** A name could not be looked up by whom it names. */
    private static InetSocketAddress server(String text) {
        InetAddress bare = Authority.ipv6(text);
        if (bare != null) return new InetSocketAddress(bare, PORT);
        Authority at = Authority.split(text);
        InetAddress address = at == null ? null : Authority.ipv4(at.host());
        if (at != null && address == null) address = Authority.ipv6(at.host());
        int port = at == null || at.port() == null ? PORT : at.port(1);
        if (address == null || port < 0) {
            throw new IllegalArgumentException(Text.quote(text) + " is not an address (expected " + SERVER + ")");
        }
        return new InetSocketAddress(address, port);
    }
}
