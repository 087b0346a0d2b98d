package dev.sluice.testkit;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.BackendTlsConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.UpstreamConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The WAR in the project's Jetty base, in a JVM of its own, with a YAML file for its routes. */
public final class WarProxy {
    private WarProxy() {}

    /** A way to run the proxy; of the server's bounds only {@code allowTrace} and the sizes of heads count. */
    public static RunningProxy start(ProxySetup setup) throws IOException {
        Path directory = Files.createTempDirectory("sluice-war");
        Path base = JettyProcess.copyBase(directory);
        Files.writeString(base.resolve("etc/sluice.yaml"), yaml(setup));
        Files.writeString(
                base.resolve("webapps/sluice.properties"),
                "sluice.config=etc/sluice.yaml\n",
                StandardOpenOption.APPEND);
        JettyProcess jetty = JettyProcess.start(
                base,
                "sluice.drain.deadline=1000",
                "sluice.drain.linger=100",
                "jetty.http.idleTimeout=" + setup.server().idleTimeout().toMillis(),
                "jetty.ssl.idleTimeout=" + setup.server().idleTimeout().toMillis());
        return new RunningProxy() {
            @Override
            public int httpPort() {
                return jetty.httpPort();
            }

            @Override
            public int tlsPort() {
                return jetty.tlsPort();
            }

            @Override
            public void close() {
                jetty.close();
                delete(directory);
            }
        };
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        } catch (IOException e) {
            throw new IllegalStateException(directory + ": cannot be deleted", e);
        }
    }

    private static String yaml(ProxySetup setup) {
        StringBuilder text = new StringBuilder(pools(setup));
        text.append("routes:\n");
        for (int i = 0; i < setup.routes().size(); i++) {
            ProxySetup.Route route = setup.routes().get(i);
            if (route.pool().isEmpty())
                text.append("  - to: ").append(quoted(route.to())).append('\n');
            else text.append("  - pool: p").append(i).append('\n');
            if (route.proxyProtocol() != RouteConfig.ProxyProtocol.OFF)
                text.append("    proxyProtocol: ")
                        .append(route.proxyProtocol().name().toLowerCase(Locale.ROOT))
                        .append('\n');
            if (route.path() != null)
                text.append("    path: ").append(route.path()).append('\n');
        }
        if (!setup.trusted().isEmpty())
            text.append("trustedProxies: ").append(quoted(setup.trusted())).append('\n');
        UpstreamConfig up = setup.upstream();
        text.append("upstream:\n");
        text.append("  connectTimeout: ").append(millis(up.connectTimeout()));
        text.append("  firstByteTimeout: ").append(millis(up.firstByteTimeout()));
        text.append("  idleTimeout: ").append(millis(up.idleTimeout()));
        Duration total = up.totalTimeout();
        text.append("  totalTimeout: ").append(total == null ? "off\n" : millis(total));
        text.append("  keepAlive: ").append(millis(up.keepAlive()));
        text.append("  maxConnections: ").append(up.maxConnections()).append('\n');
        text.append("  maxQueued: ").append(up.maxQueued()).append('\n');
        text.append("  queueTimeout: ").append(millis(up.queueTimeout()));
        text.append("  streamIdleTimeout: ").append(millis(up.streamIdleTimeout()));
        text.append("server:\n");
        text.append("  allowTrace: ").append(setup.server().allowTrace()).append('\n');
        text.append("  requestHeaderSize: ")
                .append(setup.server().requestHeaderSize())
                .append('\n');
        text.append("  responseHeaderSize: ")
                .append(setup.server().responseHeaderSize())
                .append('\n');
        return text.toString();
    }

    private static String pools(ProxySetup setup) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < setup.routes().size(); i++) {
            List<BackendConfig> pool = setup.routes().get(i).pool();
            if (pool.isEmpty()) continue;
            text.append("  p").append(i).append(":\n    backends:\n");
            for (BackendConfig backend : pool)
                text.append("      - ").append(backend(backend)).append('\n');
        }
        return text.length() == 0 ? "" : "pools:\n" + text;
    }

    private static String backend(BackendConfig backend) {
        String url = "\"" + backend.origin() + backend.basePath() + "\"";
        BackendTlsConfig tls = backend.tls();
        if (tls == null) return url;
        List<String> keys = new ArrayList<>();
        if (tls.trust() != null) keys.add("trust: \"" + tls.trust() + "\"");
        if (tls.serverName() != null) keys.add("serverName: \"" + tls.serverName() + "\"");
        if (tls.certificate() != null) keys.add("certificate: \"" + tls.certificate() + "\"");
        if (tls.key() != null) keys.add("key: \"" + tls.key() + "\"");
        keys.add("verify: " + tls.verify());
        return "{ url: " + url + ", tls: { " + String.join(", ", keys) + " } }";
    }

    private static String quoted(List<String> values) {
        return "[ \"" + String.join("\", \"", values) + "\" ]";
    }

    private static String millis(Duration duration) {
        return duration.toMillis() + "ms\n";
    }
}
