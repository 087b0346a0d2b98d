package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The annotated sample and the page about it say what the code does. */
class ConfigSampleTest {
    private static final Path SAMPLE = Path.of("etc/sluice.yaml");
    private static final Path PAGE = Path.of("docs/configuration.md");
    private static final Path CASES = Path.of("src/test/resources/config");
    /** Keys that the sample explains, but cannot show with a default. */
    private static final List<String> WITHOUT_DEFAULT = List.of(
            "pool",
            "body",
            "host",
            "service",
            "port",
            "sticky",
            "srv",
            "file",
            "servers",
            "ledger",
            "admin",
            "probes",
            "exactPath",
            "pathPattern",
            "query",
            "cookies",
            "clients",
            "defaults",
            "include",
            "split",
            "redirect",
            "respond",
            "mirror",
            "maintenance",
            "errorPages",
            "interceptErrors",
            "request",
            "response",
            "timeouts",
            "cors",
            "securityHeaders");

    private static final Pattern COMMENTED_DEFAULT = Pattern.compile("(?m)^#((?: {2})*[A-Za-z0-9]+:)");

    @Test
    void sampleIsTheBuiltInDefault() throws Exception {
        assertThat(ConfigReader.read(SAMPLE, Map.of())).isEqualTo(SluiceConfig.defaults());
    }

    @Test
    void commentedSettingsOfTheSampleAreTheDefaults() throws Exception {
        String uncommented = uncommented();

        assertThat(ConfigReader.parse("sluice.yaml", uncommented, Path.of("etc"), Map.of()))
                .isEqualTo(SluiceConfig.defaults());
        assertThat(uncommented).doesNotContainPattern(COMMENTED_DEFAULT).contains("\n  allowTrace: false");
    }

    @Test
    void sampleNamesEverySettingThatHasADefault() throws Exception {
        // Every key that a message calls for, other than those of the tls section, which has no defaults.
        String known = Pattern.compile("expected one of: ([^;)]*)")
                .matcher(Files.readString(CASES.resolve("misspelt-keys.errors")))
                .results()
                .map(match -> match.group(1))
                .filter(keys -> !keys.contains("certificate"))
                .collect(Collectors.joining(", "));

        TreeSet<String> keys = new TreeSet<>(List.of(known.split(", ")));
        keys.removeAll(WITHOUT_DEFAULT);
        assertThat(keysOf(uncommented() + exampleOfPools())).containsAll(keys);
        assertThat(WITHOUT_DEFAULT)
                .allSatisfy(key -> assertThat(Files.readString(SAMPLE)).containsPattern("`" + key + "[`:]"));
    }

    @Test
    void exampleOfPoolsSaysTheDefaults() throws Exception {
        String yaml = exampleOfPools() + "routes: [ { pool: api } ]\n";

        PoolConfig pool = ConfigReader.parse("sluice.yaml", yaml, Path.of("etc"), Map.of())
                .routes()
                .get(0)
                .pool();
        SluiceConfig bare =
                ConfigReader.parse("sluice.yaml", "routes: [ { to: http://a, health: {} } ]", Path.of("etc"), Map.of());

        assertThat(pool.proxyProtocol()).isEqualTo(RouteConfig.ProxyProtocol.OFF);
        assertThat(pool.ejection()).isEqualTo(EjectionConfig.defaults());
        assertThat(pool.limits()).isEqualTo(LimitsConfig.defaults());
        assertThat(pool.retries()).isEqualTo(RetryConfig.defaults());
        assertThat(pool.health())
                .isEqualTo(bare.routes().get(0).pool().health())
                .isNotNull();
    }

    @Test
    void pageExplainsEveryKeyOfTheSample() throws Exception {
        String page = Files.readString(PAGE);

        TreeSet<String> keys = keysOf(uncommented() + exampleOfPools());
        keys.addAll(WITHOUT_DEFAULT);
        assertThat(keys).allSatisfy(key -> assertThat(page).containsPattern("`([a-z<>]+\\.)*" + key + "`"));
    }

    @Test
    void pageShowsErrorsAsTheyAre() throws Exception {
        String page = Files.readString(PAGE);

        assertThat(page)
                .contains(Files.readString(CASES.resolve("many-things-wrong-at-once.yaml")))
                .contains(Files.readString(CASES.resolve("many-things-wrong-at-once.errors")));
    }

    @Test
    void pageShowsNoErrorThatNoCaseGives() throws Exception {
        StringBuilder given = new StringBuilder();
        try (Stream<Path> cases = Files.list(CASES)) {
            for (Path file :
                    cases.filter(file -> file.toString().endsWith(".errors")).toList()) {
                given.append(Files.readString(file).replace("<dir>", "/etc/sluice"));
            }
        }

        assertThat(Files.readString(PAGE).lines().filter(line -> line.startsWith("sluice.yaml:")))
                .isNotEmpty()
                .isSubsetOf(given.toString().lines().toList());
    }

    static String uncommented() throws Exception {
        return COMMENTED_DEFAULT.matcher(Files.readString(SAMPLE)).replaceAll("$1");
    }

    /** What the sample cannot have as a setting, because it stands for no pool; up to the next empty line. */
    static String exampleOfPools() throws Exception {
        return Files.readString(SAMPLE)
                .lines()
                .dropWhile(line -> !line.equals("# pools:"))
                .takeWhile(line -> !line.isEmpty())
                .map(line -> line.substring(2) + "\n")
                .collect(Collectors.joining());
    }

    private static TreeSet<String> keysOf(String yaml) {
        TreeSet<String> keys = Pattern.compile("(?m)^ *(?:- )?([A-Za-z0-9]+):")
                .matcher(yaml)
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        // The names of the two listeners and of the pool are not keys.
        keys.removeAll(List.of("http", "https", "api"));
        return keys;
    }
}
