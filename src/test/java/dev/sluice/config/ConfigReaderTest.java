package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.sluice.testkit.Once;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Once
class ConfigReaderTest {
    private static final int MEBIBYTE = 1 << 20;

    @TempDir
    Path directory;

    @Test
    void fileThatIsNotThereIsNamed() {
        Path file = directory.resolve("sluice.yaml");

        assertThatThrownBy(() -> ConfigReader.read(file, Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessage(file + ": not found (expected a YAML file)");
    }

    @Test
    void directoryInPlaceOfTheFileIsNamed() {
        assertThatThrownBy(() -> ConfigReader.read(directory, Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(directory + ": cannot be read: ");
    }

    @Test
    void emptyFileDoesNotBringUpTheDefaults() throws Exception {
        assertThatThrownBy(() -> read(""))
                .hasMessage(file() + ":1:1: nothing is set in this file (expected {} if the defaults are meant)");
    }

    @Test
    void fileOfOneMebibyteIsReadAndOneByteMoreIsNot() throws Exception {
        String start = "{} #";

        assertThat(read(start + "x".repeat(MEBIBYTE - start.length()))).isEqualTo(SluiceConfig.defaults());
        assertThatThrownBy(() -> read(start + "x".repeat(MEBIBYTE - start.length() + 1)))
                .hasMessage(file() + ": too large (expected at most 1 MiB)");
    }

    @Test
    void hundredExpressionsMayBeginAlikeAndOneMoreMayNot() throws Exception {
        StringBuilder yaml = new StringBuilder("routes:\n");
        for (int i = 0; i < 100; i++) {
            yaml.append("  - { pathPattern: '/a/b/[x-z]{").append(i + 1).append("}', to: http://a }\n");
            yaml.append("  - { host: b.example, pathPattern: '/a/b/.*")
                    .append(i)
                    .append("', to: http://a }\n");
            yaml.append("  - { pathPattern: '/a/c/.*").append(i).append("', to: http://a }\n");
        }
        assertThat(read(yaml.toString()).routes()).hasSize(300);
        assertThatThrownBy(() -> read(yaml + "  - { pathPattern: '/a/b/d', to: http://a }\n"))
                .hasMessage(file()
                        + ":302:5: routes[300].pathPattern: is one of more than 100 that begin with /a/b and would be"
                        + " tried one after the other (expected fewer, or a longer plain beginning)");
    }

    @Test
    void byteThatIsNotUtf8IsPlaced() throws Exception {
        Files.write(file(), "# one\n# ü\nroutes: \u00e9\n".getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(() -> ConfigReader.read(file(), Map.of()))
                .hasMessage(file() + ":2:3: a byte that is not UTF-8 (expected UTF-8)");
    }

    @Test
    void byteOrderMarkAndCarriageReturnsChangeNoPlace() {
        assertThatThrownBy(() -> read("\uFEFFdrain:\r\n  deadline: 10s\r\n  lingre: 1s\r\n"))
                .hasMessageStartingWith(file() + ":3:3: drain.lingre: unknown key");
    }

    @Test
    void filesAreLookedForBesideTheConfiguration() throws Exception {
        Files.createDirectory(directory.resolve("keys"));
        Files.writeString(directory.resolve("keys/a.pem"), "");

        SluiceConfig config =
                read("listeners: { a: { address: ':0', tls: { certificate: keys/a.pem, key: keys/a.pem } } }");

        assertThat(config.listeners().get(0).tls())
                .isEqualTo(TlsConfig.pem(directory.resolve("keys/a.pem"), directory.resolve("keys/a.pem"), null));
    }

    @Test
    void passwordComesFromTheEnvironmentAndIsNotPrinted() throws Exception {
        Files.writeString(directory.resolve("a.p12"), "");
        Files.writeString(
                file(), "listeners: { a: { address: ':0', tls: { keystore: a.p12, password: '${STORE}' } } }");

        SluiceConfig config = ConfigReader.read(file(), Map.of("STORE", "open sesame"));

        assertThat(config.listeners().get(0).tls())
                .isEqualTo(TlsConfig.pkcs12(directory.resolve("a.p12"), "open sesame"));
        assertThat(config.toString()).doesNotContain("sesame");
    }

    @Test
    void errorsAreDataAndStandInTheOrderOfTheFile() {
        ConfigException e = catchThrowableOfType(
                ConfigException.class,
                () -> ConfigReader.parse(
                        "sluice.yaml", "upstream: { maxQueued: 0 }\nroutes: []\nlisteners: {}\n", directory, Map.of()));

        assertThat(e.errors()).extracting(ConfigError::line).containsExactly(1, 2, 3);
        assertThat(e.errors().get(0))
                .isEqualTo(new ConfigError(
                        "sluice.yaml", 1, 24, "upstream.maxQueued", "0 is out of range (expected 1 to 1000000)"));
        assertThat(e.getMessage().lines()).hasSize(3);
    }

    @Test
    void routesThatNameOnePoolShareIt() throws Exception {
        SluiceConfig config =
                read("pools: { api: { backends: http://a } }\nroutes: [ { path: /a, pool: api }, { pool: api } ]");

        assertThat(config.routes()).extracting(RouteConfig::name).containsExactly("/a", "default");
        assertThat(config.routes().get(0).pool())
                .isSameAs(config.routes().get(1).pool())
                .isEqualTo(PoolConfig.of("api", List.of(BackendConfig.parse("http://a"))));
    }

    @Test
    void routeWithItsOwnPoolGivesItItsName() throws Exception {
        SluiceConfig config = read("routes: [ { path: /, to: http://a }, { path: /a, to: http://a, health: {} } ]");

        assertThat(config.routes()).extracting(route -> route.pool().name()).containsExactly("default", "/a");
        assertThat(config.routes().get(1).pool().health())
                .isEqualTo(HealthConfig.of(new HealthConfig.Http(
                        "/", List.of(new HealthConfig.StatusRange(200, 299)), null, null, Map.of())));
    }

    @Test
    void poolsThatAreMisspeltMakeNoPoolUnknown() {
        assertThatThrownBy(() -> read("pool: { api: { backends: http://a } }\nroutes: [ { pool: api } ]"))
                .hasMessageStartingWith(file() + ":1:1: pool: unknown key")
                .hasMessageNotContaining("\n");
    }

    @Test
    void routesThatAreMisspeltMakeNoPoolUnused() {
        assertThatThrownBy(() -> read("pools: { api: { backends: http://a } }\nrouts: [ { pool: api } ]"))
                .hasMessageStartingWith(file() + ":2:1: routs: unknown key")
                .hasMessageNotContaining("\n");
    }

    @Test
    void textLongerThanWhatIsReadOfABodyIsRefused() {
        assertThatThrownBy(() -> read("routes: [ { to: http://a, health: { body: " + "x".repeat(65_537) + " } } ]"))
                .hasMessageEndingWith("(expected at most 64 KiB)");
    }

    @Test
    void longValueIsCutInMessages() {
        assertThatThrownBy(() -> read("routes: [ { to: " + "x".repeat(100_000) + " } ]"))
                .hasMessageContaining("\"" + "x".repeat(120) + "...\" is not a URL");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "etc/sluice.yaml",
                "src/test/resources/config/health.yaml",
                "src/test/resources/config/defaults.yaml"
            })
    void damagedFileIsAConfigurationOrAConfigException(String file) throws Exception {
        String sample = Files.readString(Path.of(file)).replaceAll("(?m)^ *# .*\n|^#", "");
        String splinters = "{}[]:,-#&*!|>'\"%@`\\\t\n \u0000\u00e9\uD800?0~$.";
        Random random = new Random(20);
        int read = 0;
        for (int i = 0; i < 1000; i++) {
            StringBuilder damaged = new StringBuilder(sample);
            for (int hits = 1 + random.nextInt(3); hits > 0; hits--) {
                int at = random.nextInt(damaged.length());
                char splinter = splinters.charAt(random.nextInt(splinters.length()));
                if (random.nextBoolean()) damaged.insert(at, splinter);
                else damaged.setCharAt(at, splinter);
            }
            try {
                ConfigReader.parse("sluice.yaml", damaged.toString(), directory, Map.of());
                read++;
            } catch (ConfigException e) {
                assertThat(e.errors())
                        .isNotEmpty()
                        .allSatisfy(error -> assertThat(error.line()).isPositive());
            }
        }
        assertThat(read).isBetween(1, 999);
    }

    @Test
    void deepAndWideDocumentsEndInAnErrorSoon() {
        for (String piece : new String[] {"[", "{a: ", "- ", "? "}) {
            String deep = piece.repeat(MEBIBYTE / piece.length());
            assertTimeoutPreemptively(
                    Duration.ofSeconds(20),
                    () -> assertThatThrownBy(() -> ConfigReader.parse("sluice.yaml", deep, directory, Map.of()))
                            .isInstanceOf(ConfigException.class));
        }
    }

    private Path file() {
        return directory.resolve("sluice.yaml");
    }

    private SluiceConfig read(String yaml) throws Exception {
        Files.writeString(file(), yaml);
        return ConfigReader.read(file(), Map.of());
    }
}
