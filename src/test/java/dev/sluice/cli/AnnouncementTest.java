package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.config.TlsConfig;
import java.util.List;
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
    void demoIsTheDefaultWithOtherPorts() {
        SluiceConfig demo = DemoCommand.config(1, 2, 3, 4);

        assertThat(demo.listeners()).extracting(ListenerConfig::port).containsExactly(1, 2);
        assertThat(demo.routes())
                .extracting(route -> route.to().get(0).origin())
                .containsExactly("http://127.0.0.1:3", "http://127.0.0.1:4");
        assertThat(demo.drain()).isEqualTo(SluiceConfig.defaults().drain());
    }
}
