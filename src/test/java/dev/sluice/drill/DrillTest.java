package dev.sluice.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.config.BackendConfig;
import dev.sluice.config.ConfigReader;
import dev.sluice.config.DrainConfig;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.config.TlsConfig;
import dev.sluice.drill.DrillPlan.What;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Once;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whole drills, over real sockets. */
@Timeout(120)
@Once
class DrillTest {
    private static final Duration LOAD = Duration.ofMillis(700);

    /** Everything that stand-ins have to take the place of, and PROXY headers that no client of a drill sends. */
    private static final String MANY_POOLS = """
            listeners:
              plain: { address: ":8080" }
              guarded: { address: "127.0.0.1:8443", tls: {} }
              behind: { address: ":8081", proxyProtocol: { from: [ 10.0.0.0/8 ] } }
            routes:
              - path: /app
                pool: app
              - path: /app/live
                pool: live
              - path: "/größe x"
                to: [ "unix:/run/none.sock", "http://10.0.0.9:1/base?fixed=1" ]
              - to: { file: backends.yaml }
            pools:
              app:
                backends:
                  - { url: "https://app.invalid:8443", weight: 3 }
                  - { url: "http://10.0.0.2:8000", backup: true }
                health: { check: http, path: /healthz, interval: 1s }
                balance: least-requests
              live:
                backends: [ "h2c://10.0.0.3:8000", { dns: "http://live.invalid:8000" } ]
                retries: off
            """;

    private static DrillPlan plan(What what, SluiceConfig config, int stuck) {
        return new DrillPlan(what, config, "test", false, List.of(), 1, LOAD, stuck);
    }

    private static DrillResult drill(What what, SluiceConfig config) throws Exception {
        return new Drill(plan(what, config, 0), DrillProgress.NONE).run();
    }

    private static void assertNothingLost(DrillResult result) {
        assertThat(result.lost()).isEmpty();
        assertThat(result.contradictions()).isEmpty();
        assertThat(result.tally().of(Outcome.FAILED_BEFORE)).isZero();
        assertThat(result.isMeaningful()).isTrue();
        assertThat(TextReport.verdict(result)).isEqualTo("Nothing was lost.");
    }

    private static Set<Kind> kindsThat(DrillResult result, Outcome... outcomes) {
        Set<Kind> kinds = EnumSet.noneOf(Kind.class);
        for (Kind kind : Kind.values())
            for (Outcome outcome : outcomes) if (result.tally().of(kind, outcome) > 0) kinds.add(kind);
        return kinds;
    }

    @Test
    void manyPoolsLoseNothingInReloadsAndKeepTheirWebSockets(@TempDir Path directory) throws Exception {
        String yaml = MANY_POOLS.replace("to: { file: backends.yaml }", "to: http://10.0.0.4:80");
        DrillResult result = drill(What.RELOAD, ConfigReader.parse("test", yaml, directory, Map.of()));

        assertNothingLost(result);
        assertThat(result.moments().reloads()).hasSize(12);
        assertThat(kindsThat(result, Outcome.FINISHED)).containsExactlyInAnyOrderElementsOf(Kind.of(false));
        assertThat(result.requests())
                .filteredOn(sent -> sent.lane().kind() == Kind.WEBSOCKET)
                .allSatisfy(sent -> assertThat(sent.ended())
                        .isGreaterThan(result.moments().reloads().get(11)));
    }

    @Test
    void builtInDefaultLosesNothingInAStop() throws Exception {
        DrillResult result = drill(What.STOP, SluiceConfig.defaults());

        assertNothingLost(result);
        assertThat(kindsThat(result, Outcome.FINISHED, Outcome.TOLD_TO_CLOSE))
                .containsExactlyInAnyOrderElementsOf(Kind.of(false));
        assertThat(result.moments().listenersClosed()).containsOnlyKeys("http", "https");
        assertThat(result.tally().of(Kind.WEBSOCKET, Outcome.TOLD_TO_CLOSE)).isEqualTo(2);
    }

    @Test
    void builtInDefaultLosesNothingInARestart() throws Exception {
        DrillResult result = drill(What.RESTART, SluiceConfig.defaults());

        assertNothingLost(result);
        assertThat(result.moments().successor())
                .isBetween(result.moments().stop(), result.moments().drain());
        // Those of the old one are told to go, and come back to the new one, on which they end by themselves.
        assertThat(result.tally().of(Kind.WEBSOCKET, Outcome.TOLD_TO_CLOSE)).isEqualTo(2);
        assertThat(result.tally().of(Kind.WEBSOCKET, Outcome.FINISHED)).isEqualTo(2);
    }

    @Test
    void standInsTakeThePlaceOfBackendsOfEverySort(@TempDir Path directory) throws Exception {
        String yaml = MANY_POOLS.replace("to: { file: backends.yaml }", "to: http://10.0.0.4:80");
        SluiceConfig config = ConfigReader.parse("test", yaml, directory, Map.of());

        DrillResult result = drill(What.STOP, config);

        assertNothingLost(result);
        assertThat(result.requests())
                .extracting(Sent::path)
                .contains("/app/drill", "/app/live/drill", "/gr%C3%B6%C3%9Fe%20x/drill", "/drill");
    }

    @Test
    void routesThatLookAtMoreThanAPathHaveOneOfTheirOwnMeanwhile(@TempDir Path directory) throws Exception {
        SluiceConfig config = ConfigReader.parse("test", """
                routes:
                  - { host: api.example.com, path: /api, to: http://a }
                  - { pathPattern: "/v[0-9]+/.*", to: http://b }
                  - { exactPath: /health, to: http://c }
                  - { path: /api, to: http://d }
                """, directory, Map.of());

        DrillResult result = drill(What.STOP, config);

        assertNothingLost(result);
        assertThat(result.requests())
                .extracting(Sent::path)
                .contains("/sluice-drill-route-0/drill", "/sluice-drill-route-1/drill", "/health", "/api/drill");
    }

    @Test
    void realBackendsAreAskedForNothingButGets() throws Exception {
        try (FaultyOrigin origin = FaultyOrigin.start()) {
            SluiceConfig config = config(Duration.ofSeconds(5), "http://127.0.0.1:" + origin.port());
            var plan = new DrillPlan(What.STOP, config, "test", true, List.of("/a?b=c", "/d"), 1, LOAD, 0);

            DrillResult result = new Drill(plan, DrillProgress.NONE).run();

            assertThat(result.lost()).isEmpty();
            assertThat(kindsThat(result, Outcome.FINISHED)).containsExactlyInAnyOrderElementsOf(Kind.of(true));
            assertThat(origin.requests())
                    .extracting(r -> r.method() + " " + r.target())
                    .contains("GET /a?b=c", "GET /d");
            assertThat(origin.requests()).noneMatch(r -> r.field("Sluice-Drill") != null);
        }
    }

    @Test
    void backendsThatAreNotThereAreNoLossOfTheStop() throws Exception {
        SluiceConfig config = config(Duration.ofSeconds(5), "http://127.0.0.1:1");
        var plan = new DrillPlan(What.STOP, config, "test", true, List.of(), 1, LOAD, 0);

        DrillResult result = new Drill(plan, DrillProgress.NONE).run();

        assertThat(result.isMeaningful()).isFalse();
        assertThat(TextReport.verdict(result))
                .startsWith("No request was answered: this drill shows nothing. The first failed so: ")
                .contains("status 502");
    }

    @Test
    void whatTakesLongerThanTheDeadlineIsCutAndNamedInEveryReport() throws Exception {
        SluiceConfig config = config(Duration.ofSeconds(2), "http://10.0.0.1:80");
        Duration pause = Duration.ofMillis(100);
        Pace tooSlow = new Pace(Duration.ofMillis(5), Duration.ofMillis(20), pause, 60, pause, Duration.ofSeconds(20));

        DrillResult result = new Drill(plan(What.STOP, config, 0), DrillProgress.NONE, tooSlow).run();

        Set<Kind> slow = EnumSet.of(Kind.EVENTS, Kind.UPLOAD, Kind.DOWNLOAD);
        assertThat(kindsThat(result, Outcome.CUT)).isEqualTo(slow);
        assertThat(result.tally().of(Outcome.LOST)).isZero();
        assertThat(result.contradictions()).isEmpty();
        assertThat(result.drain().cut()).isEqualTo(result.tally().of(Outcome.CUT));
        assertThat(TextReport.verdict(result)).contains("were lost: ", "slow download (cut at the deadline)");
        assertThat(TextReport.of(result, false))
                .contains("http, slow download 1: GET /drill, receiving the answer: ")
                .doesNotContain("\u001b");
        JsonNode json = new ObjectMapper().readTree(JsonReport.of(result));
        assertThat(json.get("nothingLost").asBoolean()).isFalse();
        assertThat(json.get("lost")).hasSize((int) result.tally().lost());
        assertThat(json.get("lost").findValuesAsText("kind")).contains("slow download", "event stream");
        assertThat(TimelineReport.of(result))
                .contains("class='cut'", "deadline, ", "slow download 1", "<code>GET /drill");
    }

    @Test
    void stuckRequestIsCut() throws Exception {
        SluiceConfig config = config(Duration.ofSeconds(3), "http://10.0.0.1:80");

        DrillResult result = new Drill(plan(What.STOP, config, 1), DrillProgress.NONE).run();

        assertThat(result.lost()).extracting(sent -> sent.lane().kind()).containsExactly(Kind.STUCK);
        assertThat(result.contradictions()).isEmpty();
        assertThat(TextReport.verdict(result))
                .isEqualTo("1 request was lost: 1 × stuck request (cut at the deadline).");
    }

    @Test
    void whatCannotStartSaysWhy(@TempDir Path directory) {
        Path missing = directory.resolve("none.pem");
        SluiceConfig usual = config(Duration.ofSeconds(1), "http://10.0.0.1:80");
        SluiceConfig config = new SluiceConfig(
                List.of(new ListenerConfig("https", null, 8443, TlsConfig.pem(missing, missing, null))),
                usual.drain(),
                usual.routes(),
                usual.upstream(),
                usual.server(),
                List.of());

        assertThatThrownBy(() -> drill(What.STOP, config))
                .isInstanceOf(DrillException.class)
                .hasMessageContaining("the proxy: cannot start: ")
                .hasMessageContaining(missing.toString());
    }

    private static SluiceConfig config(Duration deadline, String backend) {
        SluiceConfig usual = SluiceConfig.defaults();
        return new SluiceConfig(
                List.of(new ListenerConfig("http", null, 8080, null)),
                new DrainConfig(deadline, deadline),
                List.of(RouteConfig.of(null, List.of(BackendConfig.parse(backend)))),
                usual.upstream(),
                usual.server(),
                List.of());
    }
}
