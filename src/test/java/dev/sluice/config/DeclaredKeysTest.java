package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is declared of keys is what the reader does. */
class DeclaredKeysTest {
    private static final String POOL = "routes: [ { pool: a } ]\npools: { a: { backends: http://a, %s } }";

    /** A file with a section in it, by the section's name; {@code %s} is for its keys. */
    private static final Map<String, String> FILES = Map.ofEntries(
            Map.entry("drain", "drain: { %s }"),
            Map.entry("upstream", "upstream: { %s }"),
            Map.entry("server", "server: { %s }"),
            Map.entry("dns", "dns: { %s }"),
            Map.entry("route", "drain: { deadline: 1h }\nroutes: [ { to: http://a, %s } ]"),
            Map.entry("health", "routes: [ { to: http://a, health: { %s } } ]"),
            Map.entry(
                    "share",
                    "routes: [ { split: [ { pool: a, %s }, { pool: b } ] } ]\n"
                            + "pools: { a: { backends: http://a }, b: { backends: http://b } }"),
            Map.entry("redirect", "routes: [ { redirect: { to: /x, %s } } ]"),
            Map.entry("respond", "routes: [ { respond: { %s } } ]"),
            Map.entry("request", "routes: [ { to: http://a, request: { %s } } ]"),
            Map.entry("timeouts", "routes: [ { to: http://a, timeouts: { %s } } ]"),
            Map.entry("maintenance", "routes: [ { to: http://a, maintenance: { %s } } ]"),
            Map.entry("cors", "routes: [ { to: http://a, cors: { origins: '*', %s } } ]"),
            Map.entry("securityHeaders", "routes: [ { to: http://a, securityHeaders: { %s } } ]"),
            Map.entry(
                    "mirror",
                    "routes: [ { to: http://a, mirror: { pool: m, %s } } ]\npools: { m: { backends: http://m } }"),
            Map.entry("backend", "routes: [ { pool: a } ]\npools: { a: { backends: { url: http://a, %s } } }"),
            Map.entry(
                    "connections", "upstream: { maxConnections: 65535 }\n" + POOL.replace("%s", "connections: { %s }")),
            Map.entry("limits", POOL.replace("%s", "limits: { %s }")),
            Map.entry("adaptive", POOL.replace("%s", "limits: { adaptive: { %s } }")),
            Map.entry("retries", POOL.replace("%s", "retries: { %s }")),
            Map.entry("ejection", POOL.replace("%s", "ejection: { %s }")),
            Map.entry("balance", POOL.replace("%s", "balance: { %s }")),
            Map.entry("sticky", POOL.replace("%s", "balance: { sticky: { secret: '${STICKY_SECRET}', %s } }")));

    /** What has to stand beside a key, so that its bounds are as wide as they can be. */
    private static final Map<String, String> BESIDE = Map.of(
            "drain.linger", ", deadline: 1h",
            "drain.spread", ", deadline: 1h",
            "dns.minTtl", ", maxTtl: 24h",
            "health.timeout", ", interval: 1h",
            "balance.bound", ", policy: hash, on: client",
            "ejection.longest", ", time: 100ms",
            "adaptive.most", ", least: 1",
            "adaptive.start", ", least: 1, most: 1000000");

    @TempDir
    private Path directory;

    @Test
    void declaredBoundsAreThoseOfTheReader() {
        int driven = 0;
        for (Keys section : KeyTables.sections().values()) {
            if (section.name().startsWith("defaults")) continue;
            for (Key key : section.all()) {
                List<String> within = new ArrayList<>();
                List<String> beyond = new ArrayList<>();
                bounds(key.takes(), within, beyond);
                String name = section.name() + "." + key.name();
                within.forEach(value -> assertThatCode(() -> read(section, key, value))
                        .as(name + ": " + value)
                        .doesNotThrowAnyException());
                beyond.forEach(value -> assertThatThrownBy(() -> read(section, key, value))
                        .as(name + ": " + value)
                        .isInstanceOf(ConfigException.class)
                        .hasMessageContaining(key.name() + ": " + value + " is out of range"));
                driven += within.size() + beyond.size();
            }
        }
        assertThat(driven).isGreaterThan(150);
    }

    private static void bounds(Takes takes, List<String> within, List<String> beyond) {
        if (takes instanceof Takes.Span span) {
            within.addAll(List.of(Durations.format(span.least()), Durations.format(span.most())));
            if (span.off()) within.add("off");
            if (!span.least().isZero()) beyond.add(Durations.format(span.least().minusMillis(1)));
            beyond.add(Durations.format(span.most().plus(Duration.ofMillis(1))));
        } else if (takes instanceof Takes.Number number) {
            within.addAll(List.of(number.least() + "", number.most() + ""));
            beyond.addAll(List.of(number.least() - 1 + "", number.most() + 1 + ""));
        } else if (takes instanceof Takes.Percent percent) {
            within.addAll(List.of(percent.least() + "%", percent.most() + "%"));
            if (percent.least() > 0) beyond.add(percent.least() - 1 + "%");
            beyond.add(percent.most() + 1 + "%");
        } else if (takes instanceof Takes.Size size) {
            within.addAll(List.of(size.least() + "", Sizes.format(size.most())));
            beyond.add(size.most() + 1 + "");
        }
    }

    private SluiceConfig read(Keys section, Key key, String value) throws ConfigException {
        String file = FILES.get(section.name());
        assertThat(file).as("a file with the section " + section.name()).isNotNull();
        String beside = BESIDE.getOrDefault(section.name() + "." + key.name(), "");
        return ConfigReader.parse(
                "sluice.yaml",
                file.replace("%s", key.name() + ": " + value + beside),
                directory,
                ConfigGoldenFileTest.ENVIRONMENT);
    }

    @Test
    void declaredDefaultsAreThoseThatHold() throws Exception {
        Path file = Files.writeString(directory.resolve("sluice.yaml"), """
                listeners: { http: { address: ":80", redirect: { except: /healthz } } }
                routes:
                  - { pool: usual }
                  - { path: /hash, pool: hash }
                  - path: /all
                    split: [ { pool: usual }, { pool: hash } ]
                    mirror: { pool: usual }
                    response: { headers: { remove: Server } }
                    cors: { origins: "*" }
                    securityHeaders: true
                  - { path: /elsewhere, redirect: /x }
                  - { path: /here, respond: { body: x } }
                pools:
                  usual: { backends: [ { dns: "http://a" } ], health: {}, limits: { adaptive: true } }
                  hash:
                    backends: { url: "https://b", tls: {} }
                    balance: { policy: hash, on: client, sticky: { secret: "${STICKY_SECRET}" } }
                admin: {}
                """);
        JsonNode printed = new ObjectMapper()
                .readTree(ConfigPrinter.json(ConfigReader.load(file, ConfigGoldenFileTest.ENVIRONMENT))
                        .text());
        Map<String, String> places = new LinkedHashMap<>();
        for (String top : List.of("drain", "upstream", "server", "dns", "admin")) places.put(top, "/" + top);
        for (String one : List.of("health", "connections", "ejection", "limits", "retries", "balance"))
            places.put(one, "/pools/usual/" + one);
        places.put("pool", "/pools/usual");
        places.put("route", "/routes/0");
        places.put("share", "/routes/2/split/0");
        for (String one : List.of("mirror", "response", "cors", "securityHeaders")) places.put(one, "/routes/2/" + one);
        places.put("listenerRedirect", "/listeners/http/redirect");
        places.put("redirect", "/routes/3/redirect");
        places.put("respond", "/routes/4/respond");
        places.put("adaptive", "/pools/usual/limits/adaptive");
        places.put("backend", "/pools/usual/backends/0");
        places.put("backendTls", "/pools/hash/backends/0/tls");
        places.put("sticky", "/pools/hash/balance/sticky");

        List<String> notPrinted = new ArrayList<>();
        KeyTables.sections()
                .forEach((name, section) -> section.all().stream()
                        .filter(key -> key.usual() != null && !name.startsWith("defaults"))
                        .forEach(key -> {
                            JsonNode value = printed.at(places.getOrDefault(name, "/nowhere") + "/" + key.name());
                            if (value.isArray() && value.size() == 1) value = value.get(0);
                            if (value.isValueNode())
                                assertThat(value.asText())
                                        .as(name + "." + key.name())
                                        .isEqualTo(normal(key));
                            else notPrinted.add(name + "." + key.name());
                        }));
        assertThat(notPrinted)
                .containsExactly(
                        "route.proxyProtocol",
                        "route.interceptErrors",
                        "route.maintenance",
                        "route.securityHeaders",
                        "response.compress",
                        "pool.balance",
                        "limits.adaptive",
                        "balance.bound");
        assertThat(printed.at("/pools/hash/balance/bound").asText())
                .isEqualTo(BalanceKeys.BALANCE.get("bound").usual());
    }

    /** In the unit in which it is printed. */
    private static String normal(Key key) {
        boolean duration = key.takes() instanceof Takes.Span && !key.usual().equals("off");
        return duration ? Durations.format(Durations.parse(key.usual(), "")) : key.usual();
    }

    @Test
    void everyKeySaysWhatItDoesAndWhatHoldsWithoutIt() {
        KeyTables.sections()
                .forEach((name, section) -> section.all().forEach(key -> {
                    assertThat(key.effect()).as(name + "." + key.name()).isNotEmpty();
                    assertThat(key.byDefault()).as(name + "." + key.name()).isNotEmpty();
                }));
    }

    @Test
    void keyThatIsReadAndNotDeclaredIsABug() {
        Section drain = section(ServerKeys.DRAIN);

        assertThatThrownBy(() -> drain.value("deadlin"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no key deadlin is declared in the section drain");
        assertThatThrownBy(() -> drain.refuse("deadlin", "")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> drain.misspelt("deadlin")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> drain.text("deadlin", "", "")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void keyThatIsReadAsAnotherTypeOrBeyondItsBoundsIsABug() {
        Section drain = section(ServerKeys.DRAIN);
        Section server = section(ServerKeys.SERVER);

        assertThatThrownBy(() -> drain.number("deadline", 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the key deadline of drain is no Number");
        assertThatThrownBy(() -> drain.duration("linger", Duration.ZERO, Duration.ZERO, Duration.ofHours(2)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("drain.linger are not within those declared");
        assertThatThrownBy(() -> drain.durationOrOff("deadline")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> server.number("threads", 8, 1, 8)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> server.chosen("proxyStatus", Node.Kind.class))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void defaultsOfRoutesAreReadWithoutAnyOfPools() throws Exception {
        SluiceConfig config = ConfigReader.parse(
                "sluice.yaml", "defaults: { route: { drain: 5s } }\nroutes: [ { to: http://a } ]", directory, Map.of());

        assertThat(config.routes().get(0).drain()).isEqualTo(Duration.ofSeconds(5));
    }

    private static Section section(Keys keys) {
        Source source = new Source("sluice.yaml", Path.of(""));
        return Section.of(new Node.Mapping(new Place(source, 1, 1), Map.of()), "", new Problems(source), keys);
    }
}
