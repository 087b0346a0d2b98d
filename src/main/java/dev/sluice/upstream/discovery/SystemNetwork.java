package dev.sluice.upstream.discovery;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of the network that this machine is in; looked at again now and then, as machines move. */
final class SystemNetwork {
    private static final long OLD_NANOS = Duration.ofSeconds(10).toNanos();

    private final List<InetSocketAddress> configured;
    // Guarded by this.
    private @Nullable DnsServers servers;
    private boolean ipv6;
    private long looked;

    /** @param configured servers to be asked instead of the system's; empty for the system's */
    SystemNetwork(List<InetSocketAddress> configured) {
        this.configured = List.copyOf(configured);
    }

    synchronized DnsServers servers() {
        return look();
    }

    /** Whether an interface has an IPv6 address that reaches further than its own wire. */
    synchronized boolean ipv6() {
        look();
        return ipv6;
    }

    private DnsServers look() {
        DnsServers before = servers;
        long now = System.nanoTime();
        if (before != null && now - looked < OLD_NANOS) return before;
        DnsServers system = DnsServers.ofSystem();
        DnsServers fresh = configured.isEmpty() ? system : system.at(configured);
        servers = fresh;
        ipv6 = hasIpv6();
        looked = now;
        return fresh;
    }

    private static boolean hasIpv6() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(each -> each.getInterfaceAddresses().stream())
                    .map(InterfaceAddress::getAddress)
                    .anyMatch(SystemNetwork::reachesFar);
        } catch (SocketException e) {
            return true;
        }
    }

    private static boolean reachesFar(InetAddress address) {
        return address instanceof Inet6Address && !address.isLoopbackAddress() && !address.isLinkLocalAddress();
    }
}
