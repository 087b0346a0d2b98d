package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
@SuppressWarnings("NullAway.Init")
class DemoBackendTest {
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private DemoBackend api;
    private DemoBackend web;

    @BeforeEach
    void start() throws IOException {
        api = DemoBackend.start("api", "/api", 0);
        web = DemoBackend.start("web", "", 0);
    }

    @AfterEach
    void stop() {
        api.close();
        web.close();
    }

    @Test
    void echoSaysWhoAnsweredAndWhatArrived() throws Exception {
        HttpRequest request = to(api, "/api/a%2Fb?x=1&y")
                .header("X-Mark", "blue")
                .POST(BodyPublishers.ofString("hello"))
                .build();

        HttpResponse<String> response = client.send(request, BodyHandlers.ofString());

        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/plain; charset=utf-8");
        assertThat(response.headers().firstValue("X-Backend")).hasValue("api");
        assertThat(response.body())
                .contains("backend: api\n", "method:  POST\n", "path:    /api/a%2Fb\n", "query:   x=1&y\n")
                .contains("body:    5 bytes\n", "X-mark: blue\n");
    }

    @Test
    void echoIsJsonForThoseWhoAskForIt() throws Exception {
        HttpRequest request =
                to(web, "/x%22y").header("Accept", "application/json").build();

        HttpResponse<String> response = client.send(request, BodyHandlers.ofString());

        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(response.body()).contains("\"backend\" : \"web\"", "\"path\" : \"/x%22y\"", "\"query\" : null");
    }

    @Test
    void headHasTheHeaderFieldsAndNoBody() throws Exception {
        for (String path : List.of("/", "/stream", "/download?size=1GB")) {
            HttpRequest head =
                    to(web, path).method("HEAD", BodyPublishers.noBody()).build();
            assertThat(client.send(head, BodyHandlers.ofString()).body()).isEmpty();
        }
    }

    @Test
    void slowOneAnswersAfterItsDelay() throws Exception {
        long began = System.nanoTime();

        assertThat(get(web, "/slow?seconds=0.2").body()).isEqualTo("web answers after 0.2 s\n");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
    }

    @Test
    void moreSlowOnesThanThreadsKeepNobodyElseWaiting() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> slow = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            slow.add(client.sendAsync(to(web, "/slow?seconds=60").build(), BodyHandlers.ofString()));
        }

        assertThat(get(web, "/").statusCode()).isEqualTo(200);
        assertThat(slow).noneMatch(CompletableFuture::isDone);
    }

    @Test
    void eventsAreFlushedOneByOne() throws Exception {
        HttpResponse<InputStream> response =
                client.send(to(api, "/api/stream?count=1000&interval=60s").build(), BodyHandlers.ofInputStream());

        // The second event is a minute away: the first can only be read when it was flushed alone.
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/event-stream");
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).isEqualTo("id: 1");
            assertThat(lines.readLine()).startsWith("data: 1 of 1000 from api at ");
        }
    }

    @Test
    void streamEndsAfterItsCount() throws Exception {
        assertThat(get(web, "/stream?count=3&interval=1ms").body())
                .contains("id: 3\n")
                .doesNotContain("id: 4");
        assertThat(get(web, "/stream?count=0").body()).isEmpty();
    }

    @Test
    void uploadCountsBytes() throws Exception {
        HttpRequest chunked = to(web, "/upload")
                .PUT(BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(new byte[300_000])))
                .build();

        assertThat(client.send(chunked, BodyHandlers.ofString()).body()).startsWith("web took 300000 bytes in ");
        assertThat(get(web, "/upload").statusCode()).isEqualTo(405);
    }

    @ParameterizedTest
    @CsvSource({"10kB, 10000", "1.5MB, 1500000", "7, 7", "0, 0"})
    void downloadHasTheSizeAskedFor(String size, int bytes) throws Exception {
        assertThat(get(web, "/download?size=" + size).body()).hasSize(bytes);
    }

    @ParameterizedTest
    @CsvSource({
        "/slow?seconds=61, seconds: \"61\" (expected:",
        "/slow?seconds=-1, seconds: \"-1\" (expected:",
        "/stream?interval=5h, interval: \"5h\" (expected:",
        "/stream?count=2.5, count: \"2.5\" (expected:",
        "/download?size=11GB, size: \"11GB\" (expected:",
        "/download?size=, size: \"\" (expected:"
    })
    void wrongParametersAreRefused(String path, String message) throws Exception {
        HttpResponse<String> response = get(web, path);

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).startsWith(message);
    }

    @Test
    void prefixEndsOnASegment() throws Exception {
        assertThat(get(api, "/api/upload").statusCode()).isEqualTo(405);
        assertThat(get(api, "/apix/upload").statusCode()).isEqualTo(200);
        assertThat(get(api, "/api").body()).contains("path:    /api\n");
    }

    private static HttpRequest.Builder to(DemoBackend backend, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + backend.port() + path));
    }

    private HttpResponse<String> get(DemoBackend backend, String path) throws IOException, InterruptedException {
        return client.send(to(backend, path).build(), BodyHandlers.ofString());
    }
}
