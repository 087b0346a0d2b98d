package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.sluice.testkit.Once;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A configuration in several files, on a real disk. */
@Once
class LoadedConfigTest {
    @TempDir
    Path temporary;

    private Path directory;
    private Path main;

    @BeforeEach
    void resolveLinks() throws Exception {
        directory = temporary.toRealPath();
        main = directory.resolve("sluice.yaml");
    }

    @Test
    void everyFileThatTheConfigurationIsMadeOfIsNamed() throws Exception {
        write("certificate.pem", "");
        write("key.pem", "");
        write("list.yaml", "[ 'http://a' ]");
        write("deadline", "20s\n");
        write("conf.d/a.yaml", "pools: { a: { backends: { file: ../list.yaml } } }\nroutes: [ { pool: a } ]");
        write("sluice.yaml", """
                include: conf.d/*.yaml
                listeners:
                  a: { address: ":0", tls: { certificate: certificate.pem, key: key.pem } }
                drain: { deadline: "${file:deadline}" }
                """);

        LoadedConfig loaded = load();

        assertThat(loaded.inputs().files())
                .containsExactlyInAnyOrder(
                        main,
                        directory.resolve("conf.d/a.yaml"),
                        directory.resolve("deadline"),
                        directory.resolve("certificate.pem"),
                        directory.resolve("key.pem"),
                        directory.resolve("conf.d/../list.yaml"));
        assertThat(loaded.inputs().directories()).containsExactly(directory.resolve("conf.d"));
    }

    @Test
    void filesThatAreMissingAreNamedWithTheFailure() throws Exception {
        write("sluice.yaml", """
                include: [ a.yaml, "none/*.yaml" ]
                drain: { deadline: "${file:deadline}" }
                listeners: { a: { address: ":0", tls: { keystore: a.p12 } } }
                """);

        ConfigException e = catchThrowableOfType(ConfigException.class, this::load);

        assertThat(e.errors()).hasSize(3);
        assertThat(e.inputs().files())
                .containsExactlyInAnyOrder(
                        main, directory.resolve("a.yaml"), directory.resolve("deadline"), directory.resolve("a.p12"));
        assertThat(e.inputs().directories()).containsExactly(directory.resolve("none"));
    }

    @Test
    void mainFileThatIsNotThereIsNamedWithTheFailure() {
        ConfigException e = catchThrowableOfType(ConfigException.class, this::load);

        assertThat(e.inputs().files()).containsExactly(main);
    }

    @Test
    void mainFileThatItsOwnPatternMatchesIsRefused() throws Exception {
        write("sluice.yaml", "include: '*.yaml'");

        assertThatThrownBy(this::load)
                .hasMessage(main + ":1:10: include: \"sluice.yaml\" is this file itself (expected others)");
    }

    @Test
    void includedFileIsReadThroughASymbolicLinkAndOnlyOnce() throws Exception {
        write("real/a.yaml", "drain: { deadline: 20s }");
        Files.createSymbolicLink(directory.resolve("conf.d"), directory.resolve("real"));
        write("sluice.yaml", "include: [ conf.d/a.yaml, real/a.yaml ]");

        assertThatThrownBy(this::load)
                .hasMessage(main + ":1:27: include[1]: \"real/a.yaml\" is included twice (first at " + main
                        + ":1:12; expected each file once)");
    }

    @Test
    void absolutePatternIsTakenAsItIs() throws Exception {
        write("conf.d/a.yaml", "drain: { deadline: 20s, linger: 21s }");
        write("sluice.yaml", "include: " + directory + "/*.d/a.yaml");

        assertThatThrownBy(this::load).hasMessageStartingWith(directory + "/conf.d/a.yaml:1:33: drain.linger: 21s");
    }

    @Test
    void eightLevelsAreIncludedAndNotANinth() throws Exception {
        write("sluice.yaml", "include: 1.yaml");
        for (int i = 1; i < 8; i++) write(i + ".yaml", "include: " + (i + 1) + ".yaml");
        write("8.yaml", "drain: { deadline: 20s }");

        assertThat(load().config().drain().deadline()).hasSeconds(20);

        write("8.yaml", "include: 9.yaml");
        write("9.yaml", "{}");

        assertThatThrownBy(this::load).hasMessageContaining("8.yaml:1:10: include: \"9.yaml\" is included more than 8");
    }

    @Test
    void moreThanAThousandFilesAreRefused() throws Exception {
        for (int i = 1000; i < 2000; i++) write("conf.d/" + i + ".yaml", "{}");
        write("sluice.yaml", "include: conf.d/*.yaml");

        assertThat(load().inputs().files()).hasSize(1001);

        write("conf.d/2000.yaml", "{}");

        assertThatThrownBy(this::load)
                .hasMessage(main + ":1:10: include: too many files are included (expected at most 1000)");
    }

    @Test
    void valueFileOf64KibibytesIsReadAndOneByteMoreIsNot() throws Exception {
        write("sluice.yaml", "routes: [ { to: http://a, health: { body: '${file:body}' } } ]");
        write("body", "x".repeat(65_536));

        assertThat(load().config().routes()).hasSize(1);

        write("body", "x".repeat(65_537));

        assertThatThrownBy(this::load)
                .hasMessage(main + ":1:43: routes[0].health.body: \"body\" is too large (expected at most 64 KiB)");
    }

    @Test
    void smallFileCannotBecomeAHugeOne() throws Exception {
        write("body", "x".repeat(65_536));
        write("sluice.yaml", "routes:\n" + "- '${file:body}${file:body}'\n".repeat(65));

        assertThatThrownBy(this::load)
                .hasMessageContaining("too much is put in for placeholders (expected at most 8 MiB");
    }

    @Test
    void manyErrorsBesideManyPlaceholdersAreToldSoon() throws Exception {
        StringBuilder yaml = new StringBuilder("routes:\n");
        for (int i = 0; i < 10_000; i++) yaml.append("- { path: a").append(i).append(", to: \"http://${A:-b}\" }\n");
        write("sluice.yaml", yaml.toString());

        assertTimeoutPreemptively(
                Duration.ofSeconds(60),
                () -> assertThat(catchThrowableOfType(ConfigException.class, this::load)
                                .errors())
                        .hasSize(10_000));
    }

    @Test
    void valueThatAnotherMessageWouldRepeatIsShownAsItsPlaceholder() throws Exception {
        write("secret", "hunter2.internal");
        write("sluice.yaml", """
                pools: { a: { backends: "http://${file:secret}", tls: { verify: false } } }
                routes: [ { pool: a } ]
                """);

        assertThatThrownBy(this::load)
                .hasMessageContaining("goes with no backend such as http://${file:" + directory + "/secret}:80")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void onlyTheLastEndOfALineIsDropped() throws Exception {
        write("password", "two\nlines\n\n");
        write("a.p12", "");
        write(
                "sluice.yaml",
                "listeners: { a: { address: ':0', tls: { keystore: a.p12, password: '${file:password}' } } }");

        assertThat(load().config().listeners().get(0).tls())
                .isEqualTo(TlsConfig.pkcs12(directory.resolve("a.p12"), "two\nlines\n"));
    }

    @Test
    void placeOfASettingIsKnownByItsKeys() throws Exception {
        write("conf.d/a.yaml", "routes:\n  - { path: /a, to: http://a }\n");
        write("sluice.yaml", "include: conf.d/*.yaml\ndrain:\n  deadline: 20s\nroutes: [ { to: http://b } ]\n");

        Origins origins = load().origins();

        assertThat(origins.at("long", "drain", "deadline")).hasToString(main + ":3:3: drain.deadline: long");
        assertThat(origins.at("short", "drain", "linger")).hasToString(main + ":2:1: drain.linger: short");
        assertThat(origins.at("odd", "routes", "1", "path"))
                .hasToString(directory + "/conf.d/a.yaml:2:7: routes[0].path: odd");
        assertThat(origins.at("none", "listeners", "http")).hasToString(main + ": listeners.http: none");
    }

    private void write(String name, String text) throws Exception {
        Path file = directory.resolve(name);
        Files.createDirectories(file.resolveSibling(""));
        Files.writeString(file, text);
    }

    private LoadedConfig load() throws ConfigException {
        return ConfigReader.load(main, Map.of());
    }
}
