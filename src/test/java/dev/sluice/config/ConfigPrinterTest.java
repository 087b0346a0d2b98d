package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is printed is read again, by the same reader, to the same configuration. */
class ConfigPrinterTest {
    private static final Path CASES = Path.of("src/test/resources/config").toAbsolutePath();
    private static final Map<String, String> ENVIRONMENT = ConfigGoldenFileTest.ENVIRONMENT;

    @TempDir
    Path elsewhere;

    static List<String> sound() throws Exception {
        return ConfigGoldenFileTest.cases().stream()
                .filter(name -> Files.exists(CASES.resolve(name + ".model")))
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sound")
    void printedConfigurationIsReadAgainToTheSame(String name) throws Exception {
        LoadedConfig loaded = load(name);

        ConfigPrinter.Printed yaml = ConfigPrinter.yaml(loaded);
        ConfigPrinter.Printed json = ConfigPrinter.json(loaded);

        assertThat(yaml.redacted()).isZero();
        // JSON is YAML, too.
        assertThat(ConfigReader.parse("again.yaml", yaml.text(), elsewhere, ENVIRONMENT))
                .isEqualTo(loaded.config());
        assertThat(ConfigReader.parse("again.json", json.text(), elsewhere, ENVIRONMENT))
                .isEqualTo(loaded.config());
    }

    @Test
    void builtInDefaultIsPrintedWithAllThatHolds() throws Exception {
        String yaml = ConfigPrinter.yaml(LoadedConfig.builtIn()).text();

        assertThat(ConfigReader.parse("again.yaml", yaml, elsewhere, Map.of())).isEqualTo(SluiceConfig.defaults());
        assertThat(yaml)
                .startsWith("listeners:\n  http:\n    address: :8080\n")
                .contains("\n  deadline: 10s\n", "\n  totalTimeout: \"off\"\n", "\n  http2MaxStreams: 128\n");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sound")
    void noPasswordAndNothingFromAFileIsPrinted(String name) throws Exception {
        LoadedConfig loaded = load(name);

        String both =
                ConfigPrinter.yaml(loaded).text() + ConfigPrinter.json(loaded).text();

        assertThat(both)
                .doesNotContain(
                        ENVIRONMENT.get("KEY_PASSWORD"),
                        ENVIRONMENT.get("STICKY_SECRET"),
                        ENVIRONMENT.get("TOKEN"),
                        "open sesame",
                        "10.0.0.7:8000");
    }

    @Test
    void keysInQueriesAndFieldsArePrintedAsTheyCame() throws Exception {
        Map<String, String> environment = new HashMap<>(Map.of("API_KEY", "k-123456", "PLAIN", "/plain"));
        String yaml = """
                routes:
                  - path: ${PLAIN}
                    to: http://one?key=${API_KEY}
                    health: { path: "/?key=${API_KEY}", headers: { X-Any: "a ${API_KEY} b" }, body: "$${PLAIN}" }
                """;
        Files.writeString(elsewhere.resolve("sluice.yaml"), yaml);
        LoadedConfig loaded = ConfigReader.load(elsewhere.resolve("sluice.yaml"), environment);

        String printed = ConfigPrinter.yaml(loaded).text();

        assertThat(printed)
                .contains("?key=${API_KEY}", "X-Any: \"a ${API_KEY} b\"", "path: /plain", "$${PLAIN}")
                .doesNotContain("k-123456");
        assertThat(ConfigReader.parse("again.yaml", printed, elsewhere, environment))
                .isEqualTo(loaded.config());
    }

    @Test
    void credentialsWrittenOutAreLeftOutAndThatIsSaid() throws Exception {
        String yaml =
                "routes: [ { to: http://a, health: { headers: { Authorization: Basic aHVudGVy, X-Check: me } } } ]";
        Files.writeString(elsewhere.resolve("sluice.yaml"), yaml);
        LoadedConfig loaded = ConfigReader.load(elsewhere.resolve("sluice.yaml"), Map.of());

        ConfigPrinter.Printed printed = ConfigPrinter.yaml(loaded);

        assertThat(printed.redacted()).isEqualTo(1);
        assertThat(printed.text())
                .startsWith("# Cannot be read again as it is: ***")
                .contains("Authorization: '***'", "X-Check: me")
                .doesNotContain("aHVudGVy");
        assertThat(ConfigPrinter.json(loaded).redacted()).isEqualTo(1);
    }

    private static LoadedConfig load(String name) throws ConfigException {
        return ConfigReader.load(CASES.resolve(name + ".yaml"), ENVIRONMENT);
    }
}
