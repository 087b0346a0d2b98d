package dev.sluice.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigReader;
import dev.sluice.testkit.Once;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each file in {@code import/} has beside it what comes of it: {@code <case>.yaml}, and what does not in {@code
 * <case>.left}. In both, {@code <dir>} stands for the directory they are in.
 */
@Once
class ImporterTest {
    private static final Path CASES = Path.of("src/test/resources/import").toAbsolutePath();

    /** Between the places where files are cut off, in characters: a prime, and every place would take long. */
    private static final int STEP = 41;

    @TempDir
    private Path directory;

    static List<String> cases() throws IOException {
        try (Stream<Path> files = Files.list(CASES)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches(".*\\.(conf|xml|Caddyfile)"))
                    .sorted()
                    .toList();
        }
    }

    private static String bare(String name) {
        return name.substring(0, name.lastIndexOf('.'));
    }

    private static Importer.Kind kind(String name) {
        return Importer.Kind.valueOf(name.substring(0, name.indexOf('-')).toUpperCase(Locale.ROOT));
    }

    private static String shown(String text) {
        return text.replace(CASES + "/", "<dir>/").replace(String.valueOf(CASES.getParent()), "<dir>/..");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void caseComesToWhatItsGoldenFilesSay(String name) throws Exception {
        Imported imported = Importer.read(CASES.resolve(name), null);
        String left = imported.left().stream().map(one -> one + "\n").collect(Collectors.joining());
        if (Boolean.getBoolean("sluice.regolden")) {
            Files.writeString(CASES.resolve(bare(name) + ".yaml"), shown(imported.yaml()));
            Files.writeString(CASES.resolve(bare(name) + ".left"), shown(left));
        }

        assertThat(shown(imported.yaml())).isEqualTo(Files.readString(CASES.resolve(bare(name) + ".yaml")));
        assertThat(shown(left)).isEqualTo(Files.readString(CASES.resolve(bare(name) + ".left")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void whatComesOfItIsAConfiguration(String name) throws Exception {
        String yaml = Importer.read(CASES.resolve(name), null).yaml();

        try {
            Map<String, String> environment = Map.of("PORT", "8080", "HOST", "a.example");
            assertThat(ConfigReader.parse("sluice.yaml", yaml, directory, environment)
                            .routes())
                    .isNotEmpty();
        } catch (ConfigException e) {
            // Certificates and pages are not here, and all that is wrong is told at once.
            assertThat(String.valueOf(e.getMessage()).lines())
                    .allMatch(line -> line.contains("not found (expected a readable file"));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void fileThatEndsAnywhereIsReadOrRefusedWithItsPlace(String name) throws Exception {
        String text = Files.readString(CASES.resolve(name));
        Path file = directory.resolve(name);
        for (int end = 0; end < text.length(); end += STEP) {
            Files.writeString(file, text.substring(0, end));
            readOrRefused(file, kind(name));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void fileWithOddCharactersIsReadOrRefusedWithItsPlace(String name) throws Exception {
        String text = Files.readString(CASES.resolve(name));
        Path file = directory.resolve(name);
        Random random = new Random(1);
        String odd = "{}();\"'`\\$@*/#<>&!\n\t \u0000a0~^.,:[]";
        for (int i = 0; i < 60; i++) {
            StringBuilder changed = new StringBuilder(text);
            for (int j = random.nextInt(8); j >= 0; j--)
                changed.setCharAt(random.nextInt(changed.length()), odd.charAt(random.nextInt(odd.length())));
            Files.writeString(file, changed);
            readOrRefused(file, kind(name));
        }
    }

    @Test
    void bytesThatMeanNothingAreRefusedWithTheirPlace() throws Exception {
        Path file = directory.resolve("nginx.conf");
        Random random = new Random(2);
        for (int i = 0; i < 200; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            Files.write(file, bytes);
            for (Importer.Kind kind : Importer.Kind.values()) readOrRefused(file, kind);
        }
    }

    private static void readOrRefused(Path file, Importer.Kind kind) throws IOException {
        try {
            Importer.read(file, kind);
        } catch (ImportException e) {
            assertThat(e.getMessage()).startsWith(file.getParent().toString()).contains("(expected: ");
        } catch (RuntimeException | StackOverflowError e) {
            fail("of " + Files.readString(file, StandardCharsets.ISO_8859_1), e);
        }
    }

    @Test
    void fileThatIsTooLargeOrNotThereOrNestedTooDeeplyIsRefused() throws Exception {
        Path file = directory.resolve("nginx.conf");

        assertThatThrownBy(() -> Importer.read(file, null))
                .isInstanceOf(ImportException.class)
                .hasMessage(file + ": not found (expected: a file)");
        Files.writeString(file, "a { ".repeat(100_000));
        assertThatThrownBy(() -> Importer.read(file, null)).hasMessageContaining("nested at most 32 deep");
        Files.writeString(file, "#".repeat((1 << 20) + 1));
        assertThatThrownBy(() -> Importer.read(file, null)).hasMessageContaining("at most 1 MiB");
        Files.writeString(file, "include nginx.conf;");
        assertThatThrownBy(() -> Importer.read(file, null)).hasMessageContaining("at most 8 deep");
        Files.writeString(file, "server { listen 80;\n location / {\n");
        assertThatThrownBy(() -> Importer.read(file, null))
                .hasMessage(file + ":2: location { (expected: a } before the end of the file)");
    }

    @Test
    void webXmlBringsNothingElseAlong() throws Exception {
        Path file = directory.resolve("web.xml");

        Files.writeString(file, "<!DOCTYPE web-app [<!ENTITY x SYSTEM \"web.xml\">]>\n<web-app>&x;</web-app>");
        assertThatThrownBy(() -> Importer.read(file, null))
                .hasMessage(file + ":1: <!DOCTYPE (expected: a web.xml without a document type)");
        Files.writeString(file, "<web-app>\n&x;</web-app>");
        assertThatThrownBy(() -> Importer.read(file, null)).hasMessageStartingWith(file + ":2: ");
        Files.writeString(file, "<web-app>".repeat(10_000));
        assertThatThrownBy(() -> Importer.read(file, null)).hasMessageContaining("nested at most 32 deep");
        Files.writeString(file, "<web-app>\n<servlet>");
        assertThatThrownBy(() -> Importer.read(file, null)).hasMessageStartingWith(file + ":2: ");
        Files.writeString(file, "<html/>");
        assertThatThrownBy(() -> Importer.read(file, null)).hasMessage(file + ":1: html (expected: web-app)");
    }

    @Test
    void caddyfileThatIsShortAndMeansALotIsRefused() throws Exception {
        Path file = directory.resolve("Caddyfile");

        Files.writeString(file, "(a) {\n import a\n}\nexample.com {\n import a\n}\n");
        assertThatThrownBy(() -> Importer.read(file, null)).hasMessageContaining("at most 8 deep");
        StringBuilder tenfold = new StringBuilder("(a0) {\n respond 204\n}\n");
        for (int i = 1; i < 8; i++)
            tenfold.append("(a")
                    .append(i)
                    .append(") {\n")
                    .append((" import a" + (i - 1) + "\n").repeat(10))
                    .append("}\n");
        Files.writeString(file, tenfold + "example.com {\n import a7\n}\n");
        assertThatThrownBy(() -> Importer.read(file, null)).hasMessageContaining("at most 50000");
        StringBuilder doubled = new StringBuilder("example.com {\n");
        for (int i = 0; i < 20; i++)
            doubled.append("@m" + i + " header A" + i + " x\nheader @m" + i + " B" + i + " y\n");
        Files.writeString(file, doubled + "}\n");
        assertThatThrownBy(() -> Importer.read(file, null)).hasMessageContaining("fewer matchers within matchers");
    }
}
