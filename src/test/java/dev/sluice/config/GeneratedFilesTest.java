package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What is made from the declared keys says what they say. To write it anew: {@code mvn test -Dtest=GeneratedFilesTest
 * -Dsluice.regenerate=true}.
 */
class GeneratedFilesTest {
    private static final Path PAGE = Path.of("docs/configuration.md");
    private static final Path SCHEMA = Path.of("etc/sluice.schema.json");
    private static final String AGAIN =
            "%s does not say what is declared: mvn test -Dtest=GeneratedFilesTest -Dsluice.regenerate=true writes it anew";

    @Test
    void tablesOfThePageSayWhatIsDeclared() throws Exception {
        isCurrent(PAGE, KeyTables.renewed(Files.readString(PAGE)));
    }

    @Test
    void schemaInEtcIsTheOneThatIsPrinted() throws Exception {
        isCurrent(SCHEMA, ConfigSchema.json());
    }

    @Test
    void everyDeclaredKeyIsInATableOfThePage() throws Exception {
        List<String> declared = KeyTables.sections().values().stream()
                // What is said for all pools or routes is explained where they are.
                .filter(section -> !section.name().startsWith("defaults") || section == FileKeys.DEFAULTS)
                .flatMap(section -> section.all().stream().map(key -> section.name() + "." + key.name()))
                .toList();

        assertThat(KeyTables.shown(Files.readString(PAGE)))
                .containsExactlyInAnyOrderElementsOf(declared)
                .hasSizeGreaterThan(100);
    }

    @Test
    void sampleNamesItsSchemaWhereEditorsLookForIt() throws Exception {
        assertThat(Files.readString(Path.of("etc/sluice.yaml")))
                .startsWith("# yaml-language-server: $schema=" + SCHEMA.getFileName() + "\n");
    }

    private static void isCurrent(Path file, String expected) throws Exception {
        if (Boolean.getBoolean("sluice.regenerate")) Files.writeString(file, expected);
        assertThat(Files.readString(file)).as(AGAIN, file).isEqualTo(expected);
    }
}
