package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each {@code config/<case>.yaml} has beside it what comes of it: {@code <case>.model} or {@code <case>.errors}. In
 * both, {@code <dir>} stands for the directory they are in.
 */
class ConfigGoldenFileTest {
    private static final Path CASES = Path.of("src/test/resources/config").toAbsolutePath();

    static final Map<String, String> ENVIRONMENT = Map.ofEntries(
            Map.entry("KEY_PASSWORD", "from the env"),
            Map.entry("STICKY_SECRET", "0123456789abcdef"),
            Map.entry("SHORT", "0123456789abcde"),
            Map.entry("PORT", "8080"),
            Map.entry("KEYS", "keys"),
            Map.entry("EMPTY", ""),
            Map.entry("VERSION", "2"),
            Map.entry("TOKEN", "top/secret"),
            Map.entry("QUEUED", "512"),
            Map.entry("OFF", "off"),
            Map.entry("TRACE", "true"));

    static List<String> cases() throws IOException {
        try (Stream<Path> files = Files.list(CASES)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".yaml"))
                    .map(name -> name.substring(0, name.length() - ".yaml".length()))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void caseReadsAsItsGoldenFileSays(String name) throws IOException {
        Path model = CASES.resolve(name + ".model");
        Path golden = Files.exists(model) ? model : CASES.resolve(name + ".errors");

        assertThat(outcome(Files.readString(CASES.resolve(name + ".yaml"))))
                .isEqualTo(Files.readString(golden).stripTrailing());
    }

    @Test
    void everyGoldenFileBelongsToOneCase() throws IOException {
        try (Stream<Path> files = Files.list(CASES)) {
            assertThat(files.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith(".model") || name.endsWith(".errors"))
                            .map(name -> name.substring(0, name.lastIndexOf('.'))))
                    .containsExactlyInAnyOrderElementsOf(cases());
        }
    }

    private static String outcome(String yaml) {
        String text;
        try {
            text = describe(ConfigReader.parse("sluice.yaml", yaml, CASES, ENVIRONMENT));
        } catch (ConfigException e) {
            text = String.valueOf(e.getMessage());
        }
        return text.replace(CASES.toString(), "<dir>").replace(String.valueOf(CASES.getParent()), "<dir>/..");
    }

    private static String describe(SluiceConfig config) {
        return Stream.of(
                        config.listeners().stream().map(ConfigGoldenFileTest::describe),
                        config.routes().stream().flatMap(ConfigGoldenFileTest::describe),
                        Stream.of(config.drain(), config.upstream(), config.server())
                                .map(Object::toString),
                        Stream.of(config.dns())
                                .filter(dns -> !dns.equals(DnsConfig.defaults()))
                                .map(Object::toString),
                        unlessUsual(config.unrouted(), HandlingConfig.NONE)
                                .map(answers -> "no route:" + answers.substring(1)),
                        Stream.ofNullable(config.admin()).map(ConfigGoldenFileTest::describe),
                        Stream.of("trusted " + config.trustedProxies()))
                .flatMap(lines -> lines)
                .collect(Collectors.joining("\n"));
    }

    private static String describe(ListenerConfig listener) {
        TlsConfig tls = listener.tls();
        String how = tls == null ? "plain" : tls.selfSigned() ? "tls, certificate made at start" : tls.toString();
        String password = tls == null || tls.password() == null ? "" : " password \"" + tls.password() + "\"";
        String redirect = listener.redirectPort() == 0 ? "" : " redirects to https at " + listener.redirectPort();
        if (!listener.redirectExcept().isEmpty()) redirect += " except below " + listener.redirectExcept();
        String proxies =
                listener.proxyProtocolFrom().isEmpty() ? "" : " proxy protocol from " + listener.proxyProtocolFrom();
        return "listener " + listener.name() + " " + listener.address() + " " + how + password + proxies + redirect;
    }

    private static String describe(AdminConfig admin) {
        ListenerConfig probes = admin.probes();
        return "admin " + admin.control().address() + " probes " + (probes == null ? "none" : probes.address());
    }

    private static Stream<String> describe(RouteConfig route) {
        Conditions conditions = route.conditions();
        boolean plain = conditions.equals(Conditions.prefix(route.path())) && route.path() != null;
        String path = plain ? route.path() : conditions.toString();
        String announced = route.proxyProtocol() == RouteConfig.ProxyProtocol.OFF ? "" : " " + route.proxyProtocol();
        PoolConfig pool = route.pool();
        Stream<String> handling = unlessUsual(route.handling(), HandlingConfig.NONE);
        if (pool == null)
            return Stream.concat(
                    Stream.of("route " + route.name() + ": " + path + " -> " + withoutPools(route.action())), handling);
        String drained = route.drain() == null ? "" : " drain " + route.drain();
        String shared = (pool.name().equals(route.name()) ? "" : " pool " + pool.name()) + drained;
        HealthConfig health = pool.health();
        return Stream.of(
                        route.to().stream()
                                .map(to -> "route " + route.name() + ": " + path + " -> " + describe(to) + announced
                                        + shared),
                        pool.discoveries().stream()
                                .map(where -> "route " + route.name() + ": " + path + " -> " + where + shared),
                        health == null ? Stream.<String>of() : Stream.of("  " + describe(health)),
                        describe(pool.connections()),
                        unlessUsual(pool.ejection(), EjectionConfig.defaults()),
                        unlessUsual(pool.limits(), LimitsConfig.defaults()),
                        unlessUsual(pool.balance(), BalanceConfig.defaults()),
                        unlessUsual(pool.retries(), RetryConfig.defaults()),
                        handling)
                .flatMap(lines -> lines);
    }

    private static Stream<String> describe(ConnectionsConfig connections) {
        return connections.equals(ConnectionsConfig.defaults())
                ? Stream.of()
                : Stream.of("  connections warm " + connections.warm() + " lifetime " + connections.lifetime());
    }

    private static Stream<String> unlessUsual(Object value, Object usual) {
        return value.equals(usual) ? Stream.of() : Stream.of("  " + withoutPools(value));
    }

    /** A pool is told where it stands; here its name will do. */
    private static String withoutPools(Object value) {
        return value.toString().replaceAll("PoolConfig\\[name=([^,]+), .*?ConnectionsConfig\\[[^]]*]]", "$1");
    }

    private static String describe(HealthConfig health) {
        String check = health.check().toString();
        if (health.check() instanceof HealthConfig.Http http) {
            // The map's own order is another in each process.
            check = "Http " + http.path() + " " + http.status() + " body " + http.body() + " host " + http.host()
                    + " headers " + new TreeMap<>(http.headers());
        }
        return "health " + check + " port " + health.port() + " interval " + health.interval() + " timeout "
                + health.timeout() + " rise " + health.rise() + " fall " + health.fall();
    }

    private static String describe(BackendConfig to) {
        StringBuilder text = new StringBuilder(to.origin());
        text.append(" base path \"").append(to.basePath()).append("\" query ").append(to.query());
        if (to.weight() != 1) text.append(" weight ").append(to.weight());
        if (to.backup()) text.append(" backup");
        BackendTlsConfig tls = to.tls();
        if (tls == null) return text.toString();
        text.append("\n    ").append(tls);
        if (tls.trustPassword() != null)
            text.append(" trust password \"").append(tls.trustPassword()).append('"');
        if (tls.keyPassword() != null)
            text.append(" key password \"").append(tls.keyPassword()).append('"');
        return text.toString();
    }
}
