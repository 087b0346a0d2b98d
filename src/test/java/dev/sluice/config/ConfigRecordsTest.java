package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The factories of the records: what those who embed Sluice call. What they refuse is in the golden files. */
class ConfigRecordsTest {
    @Test
    void urlIsTakenApartAsWritten() {
        assertThat(BackendConfig.parse("https://[::1]:8443/base%2F/x?a=%20&b"))
                .isEqualTo(new BackendConfig("https", "::1", 8443, "/base%2F/x", "a=%20&b"));
        assertThat(BackendConfig.parse("http://localhost"))
                .isEqualTo(new BackendConfig("http", "localhost", 80, "", null));
    }

    @Test
    void urlThatIsNoneSaysWhatWasExpected() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BackendConfig.parse("localhost:8001"))
                .withMessage("\"localhost:8001\" is not a URL (expected http://host[:port], https://... or h2c://...)");
    }

    @ParameterizedTest
    @ValueSource(strings = {":8080", "127.0.0.1:8080", "[::1]:8080", "0.0.0.0:80", "localhost:8080", ":0", "[::]:1"})
    void addressIsWrittenAsItWasRead(String address) {
        assertThat(ListenerConfig.parse("http", address, null).address()).isEqualTo(address);
    }

    @ParameterizedTest
    @CsvSource({
        ":80, :80, true",
        ":80, :81, false",
        ":0, :0, false",
        ":80, 127.0.0.1:80, true",
        "[::]:80, 127.0.0.1:80, true",
        "127.0.0.1:80, 127.0.0.2:80, false",
        "[::1]:80, [0::0:1]:80, true",
        "localhost:80, LocalHost:80, true",
    })
    void listenersCollideOnTheSamePortOfOneAddress(String one, String other, boolean expected) {
        ListenerConfig a = ListenerConfig.parse("a", one, null);
        ListenerConfig b = ListenerConfig.parse("b", other, null);

        assertThat(a.collidesWith(b)).isEqualTo(expected);
        assertThat(b.collidesWith(a)).isEqualTo(expected);
    }

    @Test
    void routeIsNamedAfterItsPath() {
        List<BackendConfig> to = List.of(BackendConfig.parse("http://localhost:1"));

        assertThat(RouteConfig.of("/api", to)).isEqualTo(new RouteConfig("/api", "/api", to));
        assertThat(RouteConfig.of("/", to)).isEqualTo(new RouteConfig("default", null, to));
        assertThat(RouteConfig.of(null, to)).isEqualTo(new RouteConfig("default", null, to));
        assertThatIllegalArgumentException().isThrownBy(() -> RouteConfig.of("/api", List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> RouteConfig.of("api", to));
    }

    @Test
    void conditionsAreEqualWhenTheyMeanTheSameRequests() {
        Conditions one = Conditions.NONE
                .withHosts(List.of("B.example.", "a.example", "::1"))
                .withMethods(List.of("GET", "PUT", "GET"))
                .withHeaders(List.of(ValueCondition.of("X-B", "1"), ValueCondition.present("x-a")));
        Conditions other = Conditions.NONE
                .withHosts(List.of("[0::1]", "a.EXAMPLE", "b.example"))
                .withMethods(List.of("PUT", "GET"))
                .withHeaders(List.of(ValueCondition.present("X-A"), ValueCondition.of("x-b", "1")));

        assertThat(one).isEqualTo(other).hasSameHashCodeAs(other);
        assertThat(one.toString())
                .isEqualTo("host [[0:0:0:0:0:0:0:1], a.example, b.example], methods [GET, PUT], headers [x-a, x-b=1]");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        Conditions.NONE.withQuery(List.of(ValueCondition.of("a", "1"), ValueCondition.of("a", "2"))))
                .withMessage("\"a\" is given twice (expected: each name once)");
        assertThatIllegalArgumentException().isThrownBy(() -> Conditions.NONE.withHosts(List.of("a:80")));
    }

    @Test
    void routeToAPoolKeepsThePoolsName() {
        PoolConfig pool = PoolConfig.of("api", List.of(BackendConfig.parse("http://localhost:1")));

        assertThat(RouteConfig.of("/", pool)).isEqualTo(new RouteConfig("default", null, pool));
        assertThat(RouteConfig.of("/a", pool)).isEqualTo(new RouteConfig("/a", "/a", pool));
        assertThatIllegalArgumentException().isThrownBy(() -> RouteConfig.of("/a", PoolConfig.of("api", List.of())));
    }

    @Test
    void blockHoldsItsAddressesAndNoOthers() throws Exception {
        assertThat(Cidr.parse("10.1.0.0/15").contains(InetAddress.getByName("10.0.255.255")))
                .isTrue();
        assertThat(Cidr.parse("10.1.0.0/15").contains(InetAddress.getByName("10.2.0.0")))
                .isFalse();
        assertThat(Cidr.parse("0.0.0.0/0").contains(InetAddress.getByName("::1")))
                .isFalse();
        assertThat(Cidr.parse("::ffff:192.0.2.1").contains(InetAddress.getByName("192.0.2.1")))
                .isTrue();
        assertThat(Cidr.parse("2001:db8::/33").contains(InetAddress.getByName("2001:db8:8000::")))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "999.1.1.1", "1.2.3", "0x7f.0.0.1", ".:1", "::1%lo", "10.0.0.0/+8", "/8", ""})
    void whatIsNoAddressIsNeverLookedUpAsAName(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cidr.parse(text))
                .withMessageContaining("is not an address block");
    }

    @ParameterizedTest
    @CsvSource({"0, 0s", "1, 1ms", "1500, 1500ms", "90000, 90s", "120000, 2m", "7200000, 2h"})
    void durationIsWrittenInTheLargestUnitThatFits(long millis, String text) {
        assertThat(Durations.format(Duration.ofMillis(millis))).isEqualTo(text);
        assertThat(Durations.parse(text, "")).isEqualTo(Duration.ofMillis(millis));
    }
}
