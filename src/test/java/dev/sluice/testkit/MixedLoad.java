package dev.sluice.testkit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients of every protocol that do all kinds of things at once: small bodies and large ones, down and up, slow readers,
 * clients that leave in the middle, and backends that fail in every way. What must come out right is looked at.
 */
public final class MixedLoad {
    private static final int SIZE = 1_000_000;
    private static final int UPLOAD = 150_000;
    private static final BodySum DOWN = BodySum.ofPattern(SIZE);
    private static final BodySum UP = BodySum.ofPattern(UPLOAD);
    private static final byte[] PIECE = BodySum.patternBytes(UPLOAD);

    private final RunningProxy proxy;
    private final FaultyOrigin origin;
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final AtomicInteger done = new AtomicInteger();

    /** One thing that a client does; whether the connection can be used on. */
    private interface Deed {
        boolean does(TestClient client) throws IOException;
    }

    private final List<Deed> deeds = List.of(
            this::small,
            this::small,
            this::small,
            this::uploads,
            this::uploadsInChunks,
            this::downloads,
            this::readsSlowly,
            this::leavesWhileWaiting,
            this::leavesInAnUpload,
            this::isRefused,
            this::failsAtOnce,
            this::breaksOff,
            this::surplus,
            this::closesAfterwards,
            this::hints);

    /** @param proxy that sends everything to the origin, whose scripts this sets */
    public MixedLoad(RunningProxy proxy, FaultyOrigin origin) {
        this.proxy = proxy;
        this.origin = origin;
        origin.on("/down", (request, exchange) -> {
            exchange.startLength(200, SIZE);
            exchange.generate(SIZE);
        });
        origin.on("/wait", (request, exchange) -> exchange.awaitAbort());
        origin.on("/refuse", (request, exchange) -> {
            exchange.readBody(1);
            exchange.answer(413, "too much", Field.of("Connection", "close"));
            exchange.close();
        });
        origin.on("/fail", (request, exchange) -> exchange.reset());
        origin.on("/cut", (request, exchange) -> {
            exchange.startLength(200, SIZE);
            exchange.generate(SIZE / 2);
            exchange.reset();
        });
        origin.on(
                "/surplus",
                (request, exchange) ->
                        exchange.raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwholeHTTP/1.1 200 OK\r\n\r\n"));
        origin.on("/last", (request, exchange) -> {
            exchange.answer(200, "last", Field.of("Connection", "close"));
            exchange.closeAfter();
        });
        origin.on("/hints", (request, exchange) -> {
            exchange.interim(103, Field.of("Link", "</a.css>"));
            exchange.startChunked(200);
            exchange.chunk("after");
            exchange.endChunks(Field.of("X-End", "yes"));
        });
    }

    /** Has that many clients of each protocol go through everything that many times. */
    public void run(int clients, int rounds) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (ClientProtocol protocol : ClientProtocol.values()) {
            for (int i = 0; i < clients; i++) {
                int first = threads.size();
                Thread thread = new Thread(() -> work(protocol, first, rounds), "client-" + protocol + "-" + i);
                thread.setDaemon(true);
                thread.start();
                threads.add(thread);
            }
        }
        for (Thread thread : threads) thread.join();
    }

    /** What did not come out as it must; empty when all is well. */
    public List<String> wrong() {
        return List.copyOf(wrong);
    }

    /** Deeds done so far. */
    public int done() {
        return done.get();
    }

    private void work(ClientProtocol protocol, int first, int rounds) {
        TestClient client = null;
        try {
            for (int i = 0; i < rounds * deeds.size(); i++) {
                if (client == null) client = protocol.connect(proxy);
                if (i % deeds.size() == 0) origin.forgetRequests();
                boolean usable = deeds.get((first + i) % deeds.size()).does(client);
                done.incrementAndGet();
                if (usable || protocol.http2()) continue;
                client.close();
                client = null;
            }
            if (client != null) client.close();
        } catch (IOException e) {
            wrong.add(protocol + ": " + e);
        }
    }

    private void check(String what, boolean right, Object got) {
        if (!right) wrong.add(what + ": " + got);
    }

    private boolean small(TestClient client) throws IOException {
        TestResponse response = client.send(TestRequest.get("/small"));
        check("small", response.status() == 200 && response.complete(), response);
        return true;
    }

    private boolean uploads(TestClient client) throws IOException {
        TestResponse response = client.send(TestRequest.post("/up", "").body(PIECE));
        check("upload", response.status() == 200 && response.echo().body().equals(UP), response);
        return true;
    }

    private boolean uploadsInChunks(TestClient client) throws IOException {
        TestExchange exchange = client.open(TestRequest.upload("/up", -1));
        exchange.write(PIECE);
        exchange.end(List.of());
        TestResponse response = exchange.finish();
        check(
                "chunked upload",
                response.status() == 200 && response.echo().body().equals(UP),
                response);
        return true;
    }

    private boolean downloads(TestClient client) throws IOException {
        BodySum sum = client.open(TestRequest.get("/down")).sumBody();
        check("download", sum.equals(DOWN), sum);
        return true;
    }

    private boolean readsSlowly(TestClient client) throws IOException {
        TestExchange exchange = client.open(TestRequest.get("/down"));
        for (int i = 0; i < 100; i++) exchange.awaitBody(100);
        exchange.abort();
        return false;
    }

    private boolean leavesWhileWaiting(TestClient client) throws IOException {
        client.open(TestRequest.get("/wait")).abort();
        return false;
    }

    private boolean leavesInAnUpload(TestClient client) throws IOException {
        TestExchange exchange = client.open(TestRequest.upload("/up", SIZE));
        exchange.write(PIECE);
        exchange.abort();
        return false;
    }

    private boolean isRefused(TestClient client) throws IOException {
        TestExchange exchange = client.open(TestRequest.upload("/refuse", 10_000_000));
        exchange.write(new byte[1000]);
        TestHead head = exchange.awaitHead();
        check("refusal", head.status() == 413, head);
        exchange.abort();
        return false;
    }

    private boolean failsAtOnce(TestClient client) throws IOException {
        TestResponse response = client.send(TestRequest.get("/fail"));
        check("failure", response.status() == 502, response);
        return true;
    }

    private boolean breaksOff(TestClient client) throws IOException {
        TestResponse response = client.send(TestRequest.get("/cut"));
        check("cut", !response.complete(), response);
        return false;
    }

    private boolean surplus(TestClient client) throws IOException {
        TestResponse response = client.send(TestRequest.get("/surplus"));
        check("surplus", response.text().equals("whole"), response);
        return true;
    }

    private boolean closesAfterwards(TestClient client) throws IOException {
        TestResponse response = client.send(TestRequest.get("/last"));
        check("last", response.text().equals("last"), response);
        return true;
    }

    private boolean hints(TestClient client) throws IOException {
        TestResponse response = client.send(TestRequest.get("/hints"));
        check("hints", response.text().equals("after") && response.interims().size() == 1, response);
        return true;
    }
}
