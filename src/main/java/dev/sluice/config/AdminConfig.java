package dev.sluice.config;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where operators and load balancers ask a running proxy how it is.
 *
 * @param control for operators: everything, what changes something included; on the loopback interface
 * @param probes for load balancers: only whether it lives and whether it is ready; null, the default, for nowhere else
 */
public record AdminConfig(ListenerConfig control, @Nullable ListenerConfig probes) {
    /** Where operators ask unless another address is configured. */
    public static final String USUAL_ADDRESS = "127.0.0.1:9901";

    /**
     * An address for operators, {@code 127.0.0.1:9901}.
     *
     * @throws IllegalArgumentException when it is none of this machine's own loopback interface; the message says what was
     *     expected
     */
    static ListenerConfig control(String address) {
        ListenerConfig parsed = ListenerConfig.parse("admin", address, null);
        if (!isLoopback(parsed.host()))
            throw new IllegalArgumentException(Text.quote(address)
                    + " can be reached from other machines (expected one on the loopback interface such as "
                    + Text.quote(USUAL_ADDRESS) + "; load balancers ask at admin.probes)");
        return parsed;
    }

    private static boolean isLoopback(@Nullable String host) {
        if (host == null) return false;
        if (host.equalsIgnoreCase("localhost")) return true;
        InetAddress address = Cidr.address(host);
        return address != null && address.isLoopbackAddress();
    }
}
