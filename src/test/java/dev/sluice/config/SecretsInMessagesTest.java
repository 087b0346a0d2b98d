package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Once;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever setting a secret gets into, and however wrong it is there: no message tells it. */
@Once
class SecretsInMessagesTest {
    private static final Path CASES = Path.of("src/test/resources/config").toAbsolutePath();
    /** A value, up to what ends it in YAML. */
    private static final Pattern VALUE =
            Pattern.compile("(?<=[:\\[,] )(\"[^\"]*\"|[A-Za-z0-9/][^\\s,{}\\[\\]\"]*)(?=\\s|,|$)", Pattern.MULTILINE);

    private static final List<String> FILES =
            List.of("every-key-set", "health", "pools", "backend-tls", "balance", "discovery", "proxy-protocol");

    /** And where it gets in well: the difference is told by every setting, and the secret by none. */
    @ParameterizedTest
    @ValueSource(strings = {"hunter2-hunter2", "https://hunter2.example/?hunter2"})
    void noDifferenceTellsWhatAPlaceholderStandsFor(String secret) throws Exception {
        Map<String, String> environment = new HashMap<>(ConfigGoldenFileTest.ENVIRONMENT);
        environment.put("SECRET", secret);
        int told = 0;
        for (String file : List.of("every-key-set", "backend-tls", "balance", "discovery", "handling", "actions")) {
            String yaml = Files.readString(CASES.resolve(file + ".yaml"));
            LoadedConfig before = load(yaml, environment);
            Matcher value = VALUE.matcher(yaml);
            while (value.find()) {
                String with = yaml.substring(0, value.start()) + "\"${SECRET}\"" + yaml.substring(value.end());
                LoadedConfig after;
                try {
                    after = load(with, environment);
                } catch (ConfigException e) {
                    continue;
                }
                // What routes and pools are called, all of the log tells, and what hosts are.
                if (names(after.config())
                        .anyMatch(name -> name.replace("hunter2.example", "").contains("hunter"))) continue;
                told++;
                for (ConfigChanges changes :
                        List.of(ConfigChanges.between(before, after), ConfigChanges.between(after, before))) {
                    assertThat(changes.isEmpty())
                            .as(with)
                            .isEqualTo(before.config().equals(after.config()));
                    assertThat(changes.lines())
                            .as(with)
                            .noneMatch(
                                    line -> line.replace("hunter2.example", "").contains("hunter"));
                }
            }
        }
        assertThat(told).isGreaterThan(10);
    }

    private static LoadedConfig load(String yaml, Map<String, String> environment) throws ConfigException {
        return ConfigReader.parsed("sluice.yaml", yaml, CASES, environment);
    }

    private static Stream<String> names(SluiceConfig config) {
        return config.routes().stream()
                .flatMap(route -> Stream.concat(
                        Stream.of(route.name()), route.pools().stream().map(PoolConfig::name)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hunter2-hunter2",
                "/hunter2hunter/*",
                "http://Hunter2:hunter2@hunter2/#hunter2",
                "hunter2\nhunter2",
                "[::hunter2]:80",
                "https://hunter2.example/hunter2?hunter2 hunter2",
                ":hunter2",
                "hunter2=hunter2; hunter2"
            })
    void noMessageTellsWhatAPlaceholderStandsFor(String secret) throws Exception {
        Map<String, String> environment = new HashMap<>(ConfigGoldenFileTest.ENVIRONMENT);
        environment.put("SECRET", secret);
        int told = 0;
        for (String file : FILES) {
            String yaml = Files.readString(CASES.resolve(file + ".yaml"));
            Matcher value = VALUE.matcher(yaml);
            while (value.find()) {
                String with = yaml.substring(0, value.start()) + "\"${SECRET}\"" + yaml.substring(value.end());
                try {
                    ConfigReader.parse("sluice.yaml", with, CASES, environment);
                } catch (ConfigException e) {
                    told++;
                    assertThat(e.getMessage()).as(with).doesNotContainIgnoringCase("hunter");
                }
            }
        }
        assertThat(told).isGreaterThan(100);
    }
}
