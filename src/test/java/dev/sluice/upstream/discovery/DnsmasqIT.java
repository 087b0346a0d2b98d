package dev.sluice.upstream.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.sluice.config.BackendConfig;
import dev.sluice.config.DiscoveryConfig;
import dev.sluice.config.DnsConfig;
import dev.sluice.testkit.Dnsmasq;
import dev.sluice.testkit.Once;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What a real name server says becomes backends. */
@Once
class DnsmasqIT {
    private static final BackendConfig APP = BackendConfig.parse("http://app.test:8000/base");
    private static final BackendConfig SERVICE = BackendConfig.parse("http://_http._tcp.test");

    @TempDir
    private Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();
    /** Every list that was found, in order. */
    private final List<List<BackendConfig>> found = new CopyOnWriteArrayList<>();

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        log.list = Collections.synchronizedList(new ArrayList<>());
        log.start();
        ((Logger) LoggerFactory.getLogger("discovery")).addAppender(log);
    }

    private void awaitLog(String part) {
        await().atMost(Duration.ofSeconds(15))
                .until(() ->
                        log.list.stream().anyMatch(e -> e.getFormattedMessage().contains(part)));
    }

    @AfterEach
    void close() throws Exception {
        ((Logger) LoggerFactory.getLogger("discovery")).detachAppender(log);
        for (AutoCloseable each : open) each.close();
    }

    private Dnsmasq dnsmasq(String... options) throws IOException {
        Dnsmasq dns = Dnsmasq.start(directory, options);
        open.add(dns);
        return dns;
    }

    private void discover(DiscoveryConfig what, InetSocketAddress... servers) throws Exception {
        DnsConfig how =
                new DnsConfig(List.of(servers), Duration.ofMillis(200), Duration.ofMillis(100), Duration.ofMinutes(5));
        discover(what, how);
    }

    private void discover(DiscoveryConfig what, DnsConfig how) throws Exception {
        Discovery discovery = new Discovery(how, List.of(new Discovery.Target("web", List.of(what), found::add)));
        open.add(discovery::stop);
        discovery.start().get(10, TimeUnit.SECONDS);
    }

    private List<String> origins() {
        return last().stream().map(BackendConfig::origin).toList();
    }

    private List<BackendConfig> last() {
        return found.isEmpty() ? List.of() : found.get(found.size() - 1);
    }

    private void awaitOrigins(String... expected) {
        await().atMost(Duration.ofSeconds(15))
                .untilAsserted(() -> assertThat(origins()).containsExactlyInAnyOrder(expected));
    }

    @Test
    void everyAddressOfANameIsABackendOfThatName() throws Exception {
        Dnsmasq dns = dnsmasq().hosts("127.0.0.2 app.test", "127.0.0.3 app.test", "::1 app.test");

        discover(new DiscoveryConfig.Addresses(APP.withWeight(7)), dns.address());

        awaitOrigins("http://127.0.0.2:8000", "http://127.0.0.3:8000", "http://[::1]:8000");
        assertThat(last()).allSatisfy(b -> {
            assertThat(b.hostField()).isEqualTo("app.test:8000");
            assertThat(b.basePath()).isEqualTo("/base");
            assertThat(b.weight()).isEqualTo(7);
        });
    }

    @Test
    void addressesComeAndGoWithTheTimeThatAnAnswerHolds() throws Exception {
        Dnsmasq dns = dnsmasq("--local-ttl=1").hosts("127.0.0.2 app.test", "127.0.0.3 app.test");
        discover(new DiscoveryConfig.Addresses(APP), dns.address());
        awaitOrigins("http://127.0.0.2:8000", "http://127.0.0.3:8000");

        dns.hosts("127.0.0.3 app.test", "127.0.0.4 app.test");
        awaitOrigins("http://127.0.0.3:8000", "http://127.0.0.4:8000");

        assertThat(found).hasSize(2);
    }

    @Test
    void serverThatIsFrozenLeavesWhatWasFoundAndIsHeardWhenItGoesOn() throws Exception {
        Dnsmasq dns = dnsmasq().hosts("127.0.0.2 app.test");
        discover(new DiscoveryConfig.Addresses(APP), dns.address());
        awaitOrigins("http://127.0.0.2:8000");

        dns.hosts("127.0.0.9 app.test");
        awaitOrigins("http://127.0.0.9:8000");
        dns.freeze();
        awaitLog("no answer in time");
        assertThat(origins()).containsExactly("http://127.0.0.9:8000");

        dns.goOn();
        dns.hosts("127.0.0.8 app.test");
        awaitOrigins("http://127.0.0.8:8000");
    }

    @Test
    void serverThatForgetsTheNameOrIsGoneLeavesWhatWasFound() throws Exception {
        Dnsmasq dns = dnsmasq().hosts("127.0.0.2 app.test");
        discover(new DiscoveryConfig.Addresses(APP), dns.address());
        awaitOrigins("http://127.0.0.2:8000");

        dns.hosts();
        awaitLog("no such name; what was found last stays");
        dns.startAgain("--local=/other/");
        dns.hosts("127.0.0.3 app.test");
        awaitOrigins("http://127.0.0.3:8000");
        dns.stop();
        awaitLog("nobody listens");

        assertThat(origins()).containsExactly("http://127.0.0.3:8000");
    }

    @Test
    void nameThatIsNotFoundAtFirstIsFoundLater() throws Exception {
        Dnsmasq dns = dnsmasq();
        discover(new DiscoveryConfig.Addresses(APP), dns.address());
        assertThat(found).isEmpty();

        dns.hosts("127.0.0.2 app.test");

        awaitOrigins("http://127.0.0.2:8000");
    }

    @Test
    void nextServerIsAskedWhereOneDoesNotAnswerOrRefuses() throws Exception {
        Dnsmasq dead = dnsmasq();
        dead.stop();
        Dnsmasq frozen = dnsmasq();
        frozen.freeze();
        Dnsmasq refuses = dnsmasq();
        Dnsmasq knows = dnsmasq("--local=/other/").hosts("127.0.0.2 app.other");

        discover(
                new DiscoveryConfig.Addresses(BackendConfig.parse("http://app.other:8000")),
                dead.address(),
                frozen.address(),
                refuses.address(),
                knows.address());

        awaitOrigins("http://127.0.0.2:8000");
    }

    @Test
    void aliasesAreFollowed() throws Exception {
        Dnsmasq dns =
                dnsmasq("--cname=app.test,b.test", "--cname=b.test,c.test").hosts("127.0.0.2 c.test");

        discover(new DiscoveryConfig.Addresses(APP), dns.address());

        awaitOrigins("http://127.0.0.2:8000");
        assertThat(last().get(0).hostField()).isEqualTo("app.test:8000");
    }

    @Test
    void answerThatNoDatagramHoldsIsFetchedByTcp() throws Exception {
        List<String> many = new ArrayList<>();
        for (int i = 1; i <= 200; i++) many.add("127.0.1." + i + " app.test");
        Dnsmasq dns = dnsmasq().hosts(many.toArray(String[]::new));

        discover(new DiscoveryConfig.Addresses(APP), dns.address());

        await().untilAsserted(() -> assertThat(origins()).hasSize(200));
    }

    @Test
    void hostsFileComesFirst() throws Exception {
        Dnsmasq dns = dnsmasq();

        discover(new DiscoveryConfig.Addresses(BackendConfig.parse("http://localhost:8000")), dns.address());

        assertThat(origins()).contains("http://127.0.0.1:8000");
    }

    @Test
    void servicesHaveTheirPortsAndWeightsAndBackups() throws Exception {
        Dnsmasq dns = dnsmasq(
                        "--srv-host=_http._tcp.test,a.test,8001,0,10",
                        "--srv-host=_http._tcp.test,b.test,8002,0,30",
                        "--srv-host=_http._tcp.test,c.test,8003,1,5")
                .hosts("127.0.0.2 a.test", "127.0.0.3 b.test", "127.0.0.4 c.test");

        discover(new DiscoveryConfig.Services(SERVICE), dns.address());

        awaitOrigins("http://127.0.0.2:8001", "http://127.0.0.3:8002", "http://127.0.0.4:8003");
        assertThat(last())
                .extracting(BackendConfig::port, BackendConfig::weight, BackendConfig::backup, BackendConfig::name)
                .containsExactlyInAnyOrder(
                        tuple(8001, 10, false, "a.test"),
                        tuple(8002, 30, false, "b.test"),
                        tuple(8003, 5, true, "c.test"));
    }

    @Test
    void servicesComeAndGoAndTheirHostsMove() throws Exception {
        Dnsmasq dns = dnsmasq("--srv-host=_http._tcp.test,a.test,8001,0,10").hosts("127.0.0.2 a.test");
        discover(new DiscoveryConfig.Services(SERVICE), dns.address());
        awaitOrigins("http://127.0.0.2:8001");

        dns.hosts("127.0.0.5 a.test", "127.0.0.6 b.test");
        awaitOrigins("http://127.0.0.5:8001");
        dns.startAgain("--srv-host=_http._tcp.test,b.test,8002,0,10");

        awaitOrigins("http://127.0.0.6:8002");
    }
}
