package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigChangesTest {
    @TempDir
    private static Path directory = Path.of("");

    private static SluiceConfig config(String yaml) throws Exception {
        return ConfigReader.parse("sluice.yaml", yaml, directory, Map.of("SECRET", "one", "OTHER", "two"));
    }

    private static ConfigChanges changes(String before, String after) throws Exception {
        return ConfigChanges.between(config(before), config(after));
    }

    @Test
    void sameIsNoChange() throws Exception {
        String yaml = "routes: [ { to: http://a } ]\n";
        assertThat(changes(yaml, yaml).isEmpty()).isTrue();
    }

    @Test
    void listenersRoutesAndPoolsComeAndGo() throws Exception {
        assertThat(changes("""
                        listeners: { http: { address: ":80" }, old: { address: ":81" } }
                        routes: [ { path: /a, to: http://a }, { path: /b, pool: b } ]
                        pools: { b: { backends: [ http://b ] } }
                        """, """
                        listeners: { http: { address: ":8080" }, new: { address: ":82" } }
                        routes: [ { path: /a, pool: b }, { path: /c, to: http://c } ]
                        pools: { b: { backends: [ http://b ] } }
                        """).lines())
                .containsExactly(
                        "~ listener http: port 80 -> 8080",
                        "+ listener new :82",
                        "- listener old :81",
                        "~ route /a: pool /a -> b",
                        "+ route /c to pool /c",
                        "- route /b to pool b",
                        "+ pool /c http://c:80",
                        "- pool /a http://a:80");
    }

    @Test
    void backendsAndSettingsOfAPoolAreNamedOneByOne() throws Exception {
        assertThat(changes("""
                        routes: [ { pool: app } ]
                        pools: { app: { backends: [ http://a, http://b ] } }
                        """, """
                        routes: [ { pool: app } ]
                        pools:
                          app:
                            backends: [ { url: http://a, weight: 3 }, http://c ]
                            balance: random
                            health: { check: tcp }
                        """).lines())
                .containsExactly(
                        "~ pool app: http://a:80: weight 1 -> 3",
                        "~ pool app: + http://c:80",
                        "~ pool app: - http://b:80",
                        "~ pool app: health none -> set",
                        "~ pool app: balance.policy round-robin -> random");
    }

    @Test
    void whatOnlyAStartReadsIsToldApart() throws Exception {
        ConfigChanges changes = changes(
                "routes: [ { to: http://a } ]",
                "{ routes: [ { to: http://a } ], drain: { deadline: 30s }, server: { threads: 100, allowTrace: true } }");
        assertThat(changes.lines())
                .containsExactly(
                        "~ drain.deadline 10s -> 30s",
                        "~ server.threads 200 -> 100",
                        "~ server.allowTrace false -> true");
        assertThat(changes.needRestart()).containsExactly("~ server.threads 200 -> 100");
    }

    @Test
    void secretsAreNotShown() throws Exception {
        Files.createFile(directory.resolve("a.p12"));
        String yaml = "listeners: { https: { address: \":443\", tls: { keystore: a.p12, password: \"${%s}\" } } }\n"
                + "routes: [ { to: http://a } ]\n";
        assertThat(changes(yaml.formatted("SECRET"), yaml.formatted("OTHER")).lines())
                .containsExactly("~ listener https: tls.password *** -> another one");
    }
}
