package dev.sluice.upstream.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.config.BackendConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Type;

/** What names come to, of a name server that says what the test wants. */
class LookupTest {
    private static final BackendConfig SERVICE = BackendConfig.parse("http://_http._tcp.test/base");

    @TempDir
    private Path directory;

    private final Map<String, CompletableFuture<Dns.Answer>> says = new HashMap<>();
    private boolean ipv6 = true;
    private Addresses.Means means;

    @BeforeEach
    void noHosts() throws IOException {
        Path hosts = Files.writeString(
                directory.resolve("hosts"),
                "10.9.9.1 here.test other # comment\n10.9.9.2\tHERE.test\nfd00::1 here.test\nnonsense here.test\n");
        means = new Addresses.Means(
                (name, type) -> says.getOrDefault(
                        Type.string(type) + " " + name.toString(true),
                        CompletableFuture.completedFuture(Dns.Answer.none("no such name"))),
                new HostsFile(hosts),
                () -> ipv6);
    }

    private void says(String question, int ttl, Record... records) {
        says.put(
                question,
                CompletableFuture.completedFuture(new Dns.Answer(List.of(records), Duration.ofSeconds(ttl), "")));
    }

    private void nothing(String question) {
        says.put(question, CompletableFuture.completedFuture(Dns.Answer.none("no records")));
    }

    private void fails(String question) {
        says.put(question, CompletableFuture.failedFuture(new LookupException("SERVFAIL")));
    }

    private static Record a(String address) {
        return new ARecord(Name.root, DClass.IN, 1, ip(address));
    }

    private static Record aaaa(String address) {
        return new AAAARecord(Name.root, DClass.IN, 1, ip(address));
    }

    private static Record srv(int priority, int weight, int port, String target) {
        return new SRVRecord(Name.root, DClass.IN, 1, priority, weight, port, DnsClient.name(target));
    }

    private static InetAddress ip(String address) {
        try {
            return InetAddress.getByName(address);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static List<String> text(Addresses.Set set) {
        return set.addresses().stream().map(AddressText::of).toList();
    }

    private static <T> T now(CompletableFuture<T> future) throws Exception {
        return future.get(5, TimeUnit.SECONDS);
    }

    private List<String> services() throws Exception {
        return describe(now(new Services(means, SERVICE).look()));
    }

    private static List<String> describe(Found found) {
        List<String> all = new ArrayList<>();
        for (BackendConfig b : found.members())
            all.add(b.host() + ":" + b.port() + " " + b.weight() + (b.backup() ? " backup" : ""));
        return all;
    }

    @Test
    void bothFamiliesAreTakenAndTheSmallerTimeHolds() throws Exception {
        says("A app.test", 30, a("10.0.0.1"), a("10.0.0.2"));
        says("AAAA app.test", 20, aaaa("fd00::7"));

        Addresses.Set set = now(new Addresses(means, "app.test").look());

        assertThat(text(set)).containsExactly("10.0.0.1", "10.0.0.2", "fd00::7");
        assertThat(set.ttl()).isEqualTo(Duration.ofSeconds(20));
    }

    @Test
    void familyThatFailsKeepsWhatItHad() throws Exception {
        says("A app.test", 30, a("10.0.0.1"));
        says("AAAA app.test", 30, aaaa("fd00::7"));
        Addresses addresses = new Addresses(means, "app.test");
        now(addresses.look());

        says("A app.test", 30, a("10.0.0.2"));
        fails("AAAA app.test");

        assertThat(text(now(addresses.look()))).containsExactly("10.0.0.2", "fd00::7");
    }

    @Test
    void familyThatHasNoneAnyMoreIsGone() throws Exception {
        says("A app.test", 30, a("10.0.0.1"));
        says("AAAA app.test", 30, aaaa("fd00::7"));
        Addresses addresses = new Addresses(means, "app.test");
        now(addresses.look());

        nothing("AAAA app.test");

        assertThat(text(now(addresses.look()))).containsExactly("10.0.0.1");
    }

    @Test
    void nothingAtAllIsAFailure() {
        assertThatThrownBy(() -> now(new Addresses(means, "app.test").look())).hasMessageContaining("no such name");
        fails("A app.test");
        fails("AAAA app.test");
        assertThatThrownBy(() -> now(new Addresses(means, "app.test").look())).hasMessageContaining("SERVFAIL");
    }

    @Test
    void withoutIpv6OnlyThisMachinesOwnIsTaken() throws Exception {
        ipv6 = false;
        says("A app.test", 30, a("10.0.0.1"));
        says("AAAA app.test", 30, aaaa("fd00::7"), aaaa("::1"));

        assertThat(text(now(new Addresses(means, "app.test").look()))).containsExactly("10.0.0.1", "::1");
    }

    @Test
    void namesOfTheHostsFileComeFromThereAndLocalhostIsAlwaysHere() throws Exception {
        says("A here.test", 30, a("10.0.0.1"));

        assertThat(text(now(new Addresses(means, "Here.test").look())))
                .containsExactly("10.9.9.1", "10.9.9.2", "fd00::1");
        assertThat(text(now(new Addresses(means, "localhost").look()))).containsExactly("127.0.0.1", "::1");
    }

    @Test
    void lowestPriorityServesAndTheOthersAreBackups() throws Exception {
        says("SRV _http._tcp.test", 30, srv(20, 5, 8003, "c."), srv(10, 1, 8001, "a."), srv(10, 2, 8002, "b."));
        says("A a", 9, a("10.0.0.1"));
        says("A b", 8, a("10.0.0.2"));
        says("A c", 7, a("10.0.0.3"));

        Found found = now(new Services(means, SERVICE).look());

        assertThat(describe(found))
                .containsExactlyInAnyOrder("10.0.0.1:8001 1", "10.0.0.2:8002 2", "10.0.0.3:8003 5 backup");
        assertThat(found.ttl()).isEqualTo(Duration.ofSeconds(7));
        assertThat(found.members()).allSatisfy(b -> assertThat(b.basePath()).isEqualTo("/base"));
    }

    @Test
    void addressesOfOneTargetShareItsWeight() throws Exception {
        says("SRV _http._tcp.test", 30, srv(0, 10, 80, "a."), srv(0, 10, 80, "b."));
        says("A a", 30, a("10.0.0.1"), a("10.0.0.2"));
        says("A b", 30, a("10.0.0.3"));

        assertThat(services()).containsExactlyInAnyOrder("10.0.0.1:80 300", "10.0.0.2:80 300", "10.0.0.3:80 600");
    }

    @Test
    void weightOfZeroIsTheSmallestThereIs() throws Exception {
        says("SRV _http._tcp.test", 30, srv(0, 0, 80, "a."), srv(0, 65535, 80, "b."));
        says("A a", 30, a("10.0.0.1"));
        says("A b", 30, a("10.0.0.3"), a("10.0.0.4"));

        assertThat(services()).containsExactlyInAnyOrder("10.0.0.1:80 1", "10.0.0.3:80 32768", "10.0.0.4:80 32768");
    }

    @Test
    void rootAsTargetSaysThatThereIsNone() throws Exception {
        says("SRV _http._tcp.test", 30, srv(0, 0, 0, "."));

        assertThat(services()).isEmpty();
    }

    @Test
    void targetThatIsNotFoundKeepsWhatItHadOrIsLeftOut() throws Exception {
        says("SRV _http._tcp.test", 30, srv(0, 1, 80, "a."), srv(0, 1, 80, "b."), srv(1, 1, 80, "c."));
        says("A a", 30, a("10.0.0.1"));
        says("A c", 30, a("10.0.0.3"));
        Services services = new Services(means, SERVICE);
        assertThat(describe(now(services.look()))).containsExactly("10.0.0.1:80 1", "10.0.0.3:80 1 backup");

        fails("A a");
        fails("AAAA a");

        Found found = now(services.look());
        assertThat(describe(found)).containsExactly("10.0.0.1:80 1", "10.0.0.3:80 1 backup");
        assertThat(found.ttl()).isZero();
    }

    @Test
    void backupsStayBackupsWhenNoneOfTheOthersIsFound() throws Exception {
        says("SRV _http._tcp.test", 30, srv(0, 1, 80, "a."), srv(1, 1, 80, "c."));
        says("A c", 30, a("10.0.0.3"));

        assertThat(services()).containsExactly("10.0.0.3:80 1 backup");
    }

    @Test
    void searchListIsTriedAsTheNumberOfDotsSays() {
        DnsServers servers =
                new DnsServers(List.of(), List.of(DnsClient.name("ns.local."), DnsClient.name("local.")), 2);

        assertThat(servers.candidates(DnsClient.name("app")).stream().map(Name::toString))
                .containsExactly("app.ns.local.", "app.local.", "app.");
        assertThat(servers.candidates(DnsClient.name("a.b.c")).stream().map(Name::toString))
                .containsExactly("a.b.c.", "a.b.c.ns.local.", "a.b.c.local.");
        assertThat(servers.candidates(DnsClient.name("app.")).stream().map(Name::toString))
                .containsExactly("app.");
    }
}
