package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The schema takes what the reader takes, and finds mistakes in keys, types and bounds. */
class ConfigSchemaTest {
    private static final Path CASES = Path.of("src/test/resources/config");
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private static final Schema SCHEMA = SCHEMAS.getSchema(ConfigSchema.json());
    /** Of YAML 1.2, as editors read it: off is a text. */
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS)
            .build();

    /**
     * Mistakes that no schema can find: how values go together, what files and the environment hold, what is told of
     * texts, of ranges of durations and shares.
     */
    private static final List<String> BEYOND_A_SCHEMA = List.of(
            // What stands twice, to the reader of YAML or by what it means.
            "a-backend-given-twice",
            "a-key-given-twice",
            "two-documents",
            "routes-given-twice",
            // What goes with what.
            "a-pool-where-there-are-none",
            "linger-longer-than-deadline",
            "listeners-that-collide",
            "more-pools-than-fit-a-message",
            "pools-without-routes",
            "tls-that-does-not-add-up",
            // What is in other files.
            "include-in-a-circle",
            "tls-files-that-are-not-there",
            // What placeholders stand for.
            "placeholders-that-are-out-of-place");

    @Test
    void whatIsPrintedIsASchema() throws Exception {
        Schema meta = SCHEMAS.getSchema(SchemaLocation.of(SpecificationVersion.DRAFT_2020_12.getDialectId()));

        assertThat(meta.validate(YAML.readTree(ConfigSchema.json()))).isEmpty();
    }

    @Test
    void everyCaseThatIsReadFits() throws Exception {
        for (String name : ConfigGoldenFileTest.cases())
            if (Files.exists(CASES.resolve(name + ".model")))
                assertThat(errors(Files.readString(CASES.resolve(name + ".yaml"))))
                        .as(name)
                        .isEmpty();
    }

    @Test
    void everyCaseWithAMistakeThatASchemaCanFindDoesNotFit() throws Exception {
        List<String> fitting = new ArrayList<>();
        for (String name : ConfigGoldenFileTest.cases())
            if (Files.exists(CASES.resolve(name + ".errors")) && fits(Files.readString(CASES.resolve(name + ".yaml"))))
                fitting.add(name);

        assertThat(fitting).containsExactlyInAnyOrderElementsOf(BEYOND_A_SCHEMA);
    }

    @Test
    void sampleFitsAlsoWithItsCommentedSettings() throws Exception {
        assertThat(errors(Files.readString(Path.of("etc/sluice.yaml")))).isEmpty();
        assertThat(errors(ConfigSampleTest.uncommented())).isEmpty();
        assertThat(errors(ConfigSampleTest.exampleOfPools())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "server: { threads: '${THREADS}' }",
                "drain: { deadline: '${DEADLINE:-10}s' }",
                "server: { allowTrace: '${TRACE}' }",
                "server: { proxyStatus: 'o${FF}' }",
                "routes: [ { to: '${URL}', drain: '${OFF}', health: '${OFF}' } ]",
                "pools: { a: { backends: [ '${URL}' ], balance: '${POLICY}', retries: { budget: '${SHARE}' } } }",
                "pools: { a: { backends: '${URL}', limits: { adaptive: '${ON}' }, ejection: { statuses: '${S}' } } }"
            })
    void placeholderFitsWhereverAValueDoes(String yaml) throws Exception {
        assertThat(errors(yaml)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "server: { threads: 7 }",
                "server: { threads: 10001 }",
                "server: { threads: '8' }",
                "server: { thread: 8 }",
                "server: { allowTrace: 1 }",
                "server: { proxyStatus: none }",
                "drain: { deadline: 10 }",
                "drain: { deadline: '10 s' }",
                "upstream: { idleTimeout: off }",
                "upstream: []",
                "routes: []",
                "routes: [ { path: api, to: http://a } ]",
                "routes: [ { path: /api } ]",
                "routes: [ { to: http://a, pool: b } ]",
                "routes: [ { to: localhost:8000 } ]",
                "routes: [ { to: [] } ]",
                "pools: { 1a: { backends: http://a } }",
                "pools: { a: { health: {} } }",
                "pools: { a: { backends: { url: http://a, file: b.yaml } } }",
                "pools: { a: { backends: http://a, retries: { statuses: 404 } } }",
                "pools: { a: { backends: http://a, retries: { budget: 20 } } }",
                "pools: { a: { backends: http://a, balance: { sticky: { secret: \"in the file\" } } } }",
                "listeners: { a: { address: ':80', tls: { key: k, certificate: c, password: x } } }",
                "defaults: { pool: { backends: http://a } }"
            })
    void mistakeOfAKeyATypeOrABoundDoesNotFit(String yaml) throws Exception {
        assertThat(errors(yaml)).isNotEmpty();
    }

    @Test
    void keysAreExplainedWithTheirDefaultAndDanger() throws Exception {
        JsonNode deadline = YAML.readTree(ConfigSchema.json()).at("/$defs/drain/properties/deadline");

        assertThat(deadline.get("default").asText()).isEqualTo("10s");
        assertThat(deadline.get("description").asText())
                .startsWith("From the start of a drain")
                .contains("Takes: `1ms` to `1h`.", "Default: `10s`.", "Danger: ");
        assertThat(ConfigSchema.json()).doesNotContain("](");
    }

    private static boolean fits(String yaml) {
        try {
            return errors(yaml).isEmpty();
        } catch (JacksonException e) {
            return false;
        }
    }

    private static List<Error> errors(String yaml) throws JacksonException {
        return SCHEMA.validate(YAML.readTree(yaml));
    }
}
