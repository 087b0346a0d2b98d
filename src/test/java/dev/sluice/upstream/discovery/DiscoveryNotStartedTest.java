package dev.sluice.upstream.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.sluice.config.BackendConfig;
import dev.sluice.config.DiscoveryConfig;
import dev.sluice.config.DnsConfig;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What is made and never started, as by a configuration of which another part is refused, holds nothing. */
class DiscoveryNotStartedTest {
    @Test
    void discoveryThatIsNeverStartedOpensNoDescriptors() {
        var system = ManagementFactory.getOperatingSystemMXBean();
        Assumptions.assumeTrue(system instanceof UnixOperatingSystemMXBean);
        UnixOperatingSystemMXBean unix = (UnixOperatingSystemMXBean) system;
        DnsConfig dns = new DnsConfig(
                List.of(new InetSocketAddress("127.0.0.1", 53)),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1));
        List<DiscoveryConfig> from = List.of(
                new DiscoveryConfig.Addresses(BackendConfig.parse("http://app.test:8000")),
                new DiscoveryConfig.Listed(Path.of("backends.yaml"), false, null));
        List<Discovery> made = new ArrayList<>();
        made.add(new Discovery(dns, List.of(new Discovery.Target("web", from, found -> {}))));
        long before = unix.getOpenFileDescriptorCount();

        for (int i = 0; i < 100; i++)
            made.add(new Discovery(dns, List.of(new Discovery.Target("web", from, found -> {}))));

        // A few are those of classes that were loaded meanwhile.
        assertThat(unix.getOpenFileDescriptorCount() - before).isLessThan(50);
        assertThat(made).hasSize(101);
    }
}
