package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.ConfigReader;
import dev.sluice.testkit.Dnsmasq;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.Once;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backends that are found by a real name server, or in a file, and replaced while requests come. */
@Once
class DiscoveryIT {
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) open.get(i).close();
    }

    /** A server on an address of its own, as others are on their machines. {@code /long} waits for the gate. */
    private final class Origin extends Handler.Abstract {
        private final String name;
        private final AtomicInteger served = new AtomicInteger();
        private final AtomicInteger begun = new AtomicInteger();
        private final Gate gate = new Gate();

        Origin(String host, int port) throws Exception {
            name = host;
            Server server = new Server(new InetSocketAddress(host, port));
            server.setHandler(this);
            server.start();
            open.add(server::stop);
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            if (request.getHttpURI().getPath().equals("/long")) {
                begun.incrementAndGet();
                gate.pass(LONG);
            } else {
                served.incrementAndGet();
            }
            response.write(true, StandardCharsets.UTF_8.encode(name), callback);
            return true;
        }
    }

    private Dnsmasq dnsmasq(String... options) throws IOException {
        Dnsmasq dns = Dnsmasq.start(directory, options);
        open.add(dns);
        return dns;
    }

    /** With one route, to a pool of one entry. */
    private URI proxy(String entry, Dnsmasq dns) throws Exception {
        String servers =
                dns == null ? "" : "servers: [ \"127.0.0.1:" + dns.address().getPort() + "\" ], ";
        String yaml = "listeners: { http: { address: \"127.0.0.1:0\" } }\n"
                + "dns: { " + servers + "timeout: 2s, minTtl: 100ms }\n"
                + "pools: { app: { backends: [ " + entry + " ] } }\n"
                + "routes: [ { pool: app } ]\n";
        Sluice sluice = Sluice.of(ConfigReader.parse("sluice.yaml", yaml, directory, Map.of()));
        open.add(sluice);
        sluice.start();
        return URI.create("http://127.0.0.1:" + sluice.port("http"));
    }

    private HttpResponse<String> get(URI proxy, String path) throws Exception {
        return client.send(HttpRequest.newBuilder(proxy.resolve(path)).build(), BodyHandlers.ofString());
    }

    /** Requests one after the other, by so many clients, until it is closed. */
    private final class Load implements AutoCloseable {
        private final AtomicBoolean over = new AtomicBoolean();
        private final AtomicInteger done = new AtomicInteger();
        private final List<String> lost = Collections.synchronizedList(new ArrayList<>());
        private final List<Thread> threads = new ArrayList<>();

        Load(URI proxy, int clients) {
            for (int i = 0; i < clients; i++) {
                Thread thread = new Thread(() -> run(proxy), "load-" + i);
                threads.add(thread);
                thread.start();
            }
        }

        private void run(URI proxy) {
            while (!over.get()) {
                try {
                    HttpResponse<String> answer = get(proxy, "/");
                    if (answer.statusCode() != 200) lost.add(answer.statusCode() + " " + answer.body());
                } catch (Exception e) {
                    lost.add(e.toString());
                }
                done.incrementAndGet();
            }
        }

        @Override
        public void close() throws Exception {
            over.set(true);
            for (Thread thread : threads) thread.join(LONG.toMillis());
        }
    }

    @Test
    void backendReplacedInDnsLosesNoRequestAndFinishesWhatItHas() throws Exception {
        int port = FreePort.next();
        Origin before = new Origin("127.0.0.2", port);
        Origin after = new Origin("127.0.0.3", port);
        Dnsmasq dns = dnsmasq("--local-ttl=1").hosts("127.0.0.2 app.test");
        URI proxy = proxy("{ dns: \"http://app.test:" + port + "\" }", dns);
        CompletableFuture<HttpResponse<String>> slow =
                client.sendAsync(HttpRequest.newBuilder(proxy.resolve("/long")).build(), BodyHandlers.ofString());
        await().atMost(LONG).until(() -> before.begun.get() == 1);
        Load load = new Load(proxy, 4);
        open.add(load);
        await().atMost(LONG).until(() -> before.served.get() > 200);

        dns.hosts("127.0.0.3 app.test");
        await().atMost(LONG).until(() -> after.served.get() > 200);
        int left = before.served.get();
        int came = after.served.get();
        await().atMost(LONG).until(() -> after.served.get() > came + 200);

        assertThat(before.served.get()).isEqualTo(left);
        assertThat(slow).isNotDone();
        before.gate.open();
        assertThat(slow.get(10, TimeUnit.SECONDS).body()).isEqualTo("127.0.0.2");
        load.close();
        assertThat(load.lost).isEmpty();
    }

    @Test
    void addressesThatJoinAndLeaveUnderLoadLoseNoRequest() throws Exception {
        int port = FreePort.next();
        List<Origin> origins = new ArrayList<>();
        for (int i = 2; i < 6; i++) origins.add(new Origin("127.0.0." + i, port));
        Dnsmasq dns = dnsmasq().hosts("127.0.0.2 app.test", "127.0.0.3 app.test");
        URI proxy = proxy("{ dns: \"http://app.test:" + port + "\" }", dns);
        Load load = new Load(proxy, 4);
        open.add(load);

        for (int round = 0; round < 5; round++) {
            Origin one = origins.get(round % 4);
            Origin two = origins.get((round + 1) % 4);
            dns.hosts(one.name + " app.test", two.name + " app.test");
            int ones = one.served.get();
            int twos = two.served.get();
            await().atMost(LONG).until(() -> one.served.get() > ones + 50 && two.served.get() > twos + 50);
        }

        load.close();
        assertThat(load.lost).isEmpty();
        assertThat(load.done.get()).isGreaterThan(500);
    }

    @Test
    void nameServerThatHangsOrIsGoneUnderLoadLosesNoRequest() throws Exception {
        int port = FreePort.next();
        Origin origin = new Origin("127.0.0.2", port);
        Dnsmasq dns = dnsmasq().hosts("127.0.0.2 app.test");
        URI proxy = proxy("{ dns: \"http://app.test:" + port + "\" }", dns);
        Load load = new Load(proxy, 2);
        open.add(load);

        dns.freeze();
        awaitRequestsFor(Duration.ofSeconds(3), origin);
        dns.stop();
        awaitRequestsFor(Duration.ofSeconds(3), origin);

        load.close();
        assertThat(load.lost).isEmpty();
    }

    /** Long enough for several look-ups to have failed. */
    private static void awaitRequestsFor(Duration least, Origin origin) {
        long since = System.nanoTime();
        int before = origin.served.get();
        await().atMost(LONG)
                .until(() -> System.nanoTime() - since > least.toNanos() && origin.served.get() > before + 100);
    }

    @Test
    void nameThatIsNotFoundAtTheStartIs503UntilItIsFound() throws Exception {
        int port = FreePort.next();
        new Origin("127.0.0.2", port);
        Dnsmasq dns = dnsmasq();
        URI proxy = proxy("{ dns: \"http://app.test:" + port + "\" }", dns);
        assertThat(get(proxy, "/").statusCode()).isEqualTo(503);

        dns.hosts("127.0.0.2 app.test");

        await().atMost(LONG).until(() -> get(proxy, "/").statusCode() == 200);
    }

    @Test
    void nameServerThatHangsDoesNotKeepItFromStarting() throws Exception {
        Dnsmasq dns = dnsmasq();
        dns.freeze();

        URI proxy = proxy("{ dns: \"http://app.test:8000\" }", dns);

        assertThat(get(proxy, "/").statusCode()).isEqualTo(503);
    }

    @Test
    void servicesServeOnTheirPorts() throws Exception {
        int heavy = FreePort.next();
        int light = FreePort.next();
        Origin a = new Origin("127.0.0.2", heavy);
        Origin b = new Origin("127.0.0.3", light);
        Dnsmasq dns = dnsmasq(
                        "--srv-host=_http._tcp.test,a.test," + heavy + ",0,3",
                        "--srv-host=_http._tcp.test,b.test," + light + ",0,1")
                .hosts("127.0.0.2 a.test", "127.0.0.3 b.test");
        URI proxy = proxy("{ srv: \"http://_http._tcp.test\" }", dns);

        for (int i = 0; i < 80; i++) assertThat(get(proxy, "/").statusCode()).isEqualTo(200);

        // As their weights say; one more or less where the turns began.
        assertThat(a.served.get()).isBetween(59, 61);
        assertThat(a.served.get() + b.served.get()).isEqualTo(80);
    }

    @Test
    void fileThatIsReplacedLosesNoRequestAndABrokenOneChangesNothing() throws Exception {
        int port = FreePort.next();
        Origin one = new Origin("127.0.0.2", port);
        Origin two = new Origin("127.0.0.3", port);
        Path file = directory.resolve("backends.yaml");
        Files.writeString(file, "[ \"http://127.0.0.2:" + port + "\" ]");
        URI proxy = proxy("{ file: backends.yaml }", null);
        Load load = new Load(proxy, 2);
        open.add(load);
        await().atMost(LONG).until(() -> one.served.get() > 50);

        replace(file, "- { url: \"http://127.0.0.3:" + port + "\", weight: 3 }");
        await().atMost(LONG).until(() -> two.served.get() > 50);
        replace(file, "- { url: \"http://127.0.0.2:" + port + "\", wieght: 3 }");
        int twos = two.served.get();
        await().atMost(LONG).until(() -> two.served.get() > twos + 500);
        int ones = one.served.get();
        replace(file, "- http://127.0.0.2:" + port);
        await().atMost(LONG).until(() -> one.served.get() > ones + 50);
        load.close();

        assertThat(load.lost).isEmpty();
        replace(file, "[]");
        await().atMost(LONG).until(() -> get(proxy, "/").statusCode() == 503);
    }

    @Test
    void linkThatIsTurnedToAnotherDirectoryIsFollowed() throws Exception {
        int port = FreePort.next();
        new Origin("127.0.0.2", port);
        new Origin("127.0.0.3", port);
        Path before = Files.createDirectory(directory.resolve("..one"));
        Path after = Files.createDirectory(directory.resolve("..two"));
        Files.writeString(before.resolve("backends.yaml"), "- http://127.0.0.2:" + port);
        Files.writeString(after.resolve("backends.yaml"), "- http://127.0.0.3:" + port);
        Path data = Files.createSymbolicLink(directory.resolve("..data"), before.getFileName());
        Files.createSymbolicLink(directory.resolve("backends.yaml"), Path.of("..data", "backends.yaml"));
        URI proxy = proxy("{ file: backends.yaml }", null);
        assertThat(get(proxy, "/").body()).isEqualTo("127.0.0.2");

        Path next = Files.createSymbolicLink(directory.resolve("..data_tmp"), after.getFileName());
        Files.move(next, data, StandardCopyOption.ATOMIC_MOVE);

        await().atMost(LONG).until(() -> get(proxy, "/").body().equals("127.0.0.3"));
    }

    private static void replace(Path file, String text) throws IOException {
        Path next = file.resolveSibling("next");
        Files.writeString(next, text);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
