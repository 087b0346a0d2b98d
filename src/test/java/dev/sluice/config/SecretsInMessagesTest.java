package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever setting a secret gets into, and however wrong it is there: no message tells it. */
class SecretsInMessagesTest {
    private static final Path CASES = Path.of("src/test/resources/config").toAbsolutePath();
    /** A value, up to what ends it in YAML. */
    private static final Pattern VALUE =
            Pattern.compile("(?<=[:\\[,] )(\"[^\"]*\"|[A-Za-z0-9/][^\\s,{}\\[\\]\"]*)(?=\\s|,|$)", Pattern.MULTILINE);

    private static final List<String> FILES =
            List.of("every-key-set", "health", "pools", "backend-tls", "balance", "discovery", "proxy-protocol");

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
