package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.Cidr;
import dev.sluice.config.ConfigReader;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.config.TlsConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AnnouncementTest {
    @Test
    void listenerIsNamedWithThePortThatItReallyHas() {
        assertThat(Announcement.line(new ListenerConfig("http", "::1", 0, null), 40123))
                .isEqualTo("listener http [::1]:40123 (HTTP/1.1, h2c)");
    }

    @Test
    void certificateMadeAtStartIsSaid() {
        ListenerConfig https = new ListenerConfig("https", null, 8443, new TlsConfig(null, null, null, null));

        assertThat(Announcement.line(https, 8443))
                .isEqualTo("listener https :8443 (TLS: h2, HTTP/1.1; certificate made at start)");
    }

    @Test
    void routeNamesAllItsBackends() {
        RouteConfig route = new RouteConfig(
                "/api",
                "/api",
                List.of(
                        new BackendConfig("http", "a", 80, "/base", "k=v"),
                        new BackendConfig("https", "::1", 443, "", null)));

        assertThat(Announcement.line(route, "httpclient"))
                .isEqualTo("route /api to http://a:80/base?k=v, https://[::1]:443 (httpclient)");
    }

    @Test
    void proxyProtocolIsSaid() {
        ListenerConfig http = new ListenerConfig("http", null, 80, null, List.of(Cidr.parse("10.0.0.0/8")));
        RouteConfig route = RouteConfig.of(null, List.of(BackendConfig.parse("unix:/run/app.sock")))
                .withProxyProtocol(RouteConfig.ProxyProtocol.V2);

        assertThat(Announcement.line(http, 80))
                .isEqualTo("listener http :80 (HTTP/1.1, h2c; PROXY protocol from [10.0.0.0/8])");
        assertThat(Announcement.line(route, "direct"))
                .isEqualTo("route default to unix:/run/app.sock (direct, PROXY protocol v2)");
    }

    @Test
    void whatARouteDoesInThePlaceOfAPoolIsSaid() throws Exception {
        SluiceConfig config = ConfigReader.parse("sluice.yaml", """
                listeners:
                  http: { address: ":80", redirect: https }
                  acme: { address: ":81", redirect: { except: [ /.well-known/acme-challenge, /healthz ] } }
                pools: { a: { backends: http://a }, b: { backends: http://b } }
                routes:
                  - { path: /a, split: [ { pool: a, weight: 9 }, { pool: b } ] }
                  - { path: /b, redirect: "https://b{uri}" }
                  - { path: /c, respond: 410 }
                """, Path.of(""), Map.of());

        assertThat(Announcement.line(config.listeners().get(0), 80))
                .isEqualTo("listener http :80 (HTTP/1.1, h2c; sends everyone to https, port 443)");
        assertThat(Announcement.line(config.listeners().get(1), 81))
                .isEqualTo("listener acme :81 (HTTP/1.1, h2c; sends everyone to https, port 443, but for what is below "
                        + "/.well-known/acme-challenge, /healthz)");
        assertThat(config.routes())
                .extracting(route -> Announcement.line(route, "direct"))
                .containsExactly(
                        "route /a to pool a (weight 9), pool b (weight 1)",
                        "route /b redirects with 308 to https://b{uri}",
                        "route /c answers 410");
    }

    @Test
    void demoIsTheDefaultWithOtherPorts() {
        SluiceConfig demo = DemoCommand.config(1, 2, 3, 4);

        assertThat(demo.listeners()).extracting(ListenerConfig::port).containsExactly(1, 2);
        assertThat(demo.routes())
                .extracting(route -> route.to().get(0).origin())
                .containsExactly("http://127.0.0.1:3", "http://127.0.0.1:4");
        assertThat(demo.drain()).isEqualTo(SluiceConfig.defaults().drain());
    }
}
