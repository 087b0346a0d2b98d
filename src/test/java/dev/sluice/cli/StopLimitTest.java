package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.config.DrainConfig;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a supervisor's limit is read from, and what else it says of the sockets that it hands over. */
class StopLimitTest {
    @ParameterizedTest
    @CsvSource({"30,PT30S", "30s,PT30S", "500ms,PT0.5S", "2m,PT2M", "1h,PT1H"})
    void limitIsADurationOrANumberOfSeconds(String text, Duration expected) {
        assertThat(StopLimit.read(Map.of(StopLimit.VARIABLE, text))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "-1", "30 s", "99999999999"})
    void anythingElseIsNamed(String text) {
        assertThatThrownBy(() -> StopLimit.read(Map.of(StopLimit.VARIABLE, text)))
                .hasMessageStartingWith("SLUICE_STOP_TIMEOUT: " + text + " (expected: ");
        assertThat(StopLimit.read(Map.of())).isNull();
    }

    @Test
    void stopTakesASecondMoreThanTheDrain() {
        assertThat(StopLimit.needed(DrainConfig.defaults())).hasSeconds(11);
    }

    @ParameterizedTest
    @CsvSource({
        "20s,PT20S",
        "1min 30s,PT1M30S",
        "1min 30.500s,PT1M30.5S",
        "500ms,PT0.5S",
        "250us,PT0.00025S",
        "1h 5min,PT1H5M",
        "1.5h,PT1H30M",
        "2 months,PT1461H",
        "1month 2w 1d,PT1090H30M",
        "1y,PT8766H",
        "90,PT1M30S",
        "1h30m,PT1H30M"
    })
    void spansAreReadAsSystemdWritesThem(String text, Duration expected) {
        assertThat(StopLimit.span(text + "\n")).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"infinity", "", "-5s", "5 fortnights", "1.s", "s", "5s!", "soon 5s"})
    void anythingElseIsNoSpan(String text) {
        assertThat(StopLimit.span(text + "\n")).isNull();
    }

    @Test
    void unitIsFoundInTheControlGroup() {
        assertThat(StopLimit.question("0::/system.slice/sluice.service\n"))
                .containsExactly("systemctl", "show", "--property=TimeoutStopUSec", "--value", "--", "sluice.service");
        assertThat(StopLimit.question("0::/user.slice/user-1.slice/user@1.service/app.slice/a.service\n"))
                .contains("--user", "a.service");
        assertThat(StopLimit.question("0::/user.slice/session-1.scope\n")).isEmpty();
    }

    @Test
    void socketsAreCountedFromThreeAndHaveTheNamesThatAreGiven() {
        Map<String, String> two = Map.of("LISTEN_PID", "12", "LISTEN_FDS", "2", "LISTEN_FDNAMES", "http:");

        assertThat(InheritedDescriptors.read(two, 12)).isEqualTo(Map.of(3, "http", 4, ""));
        assertThat(InheritedDescriptors.read(two, 13)).as("another process's").isEmpty();
        assertThatThrownBy(() -> InheritedDescriptors.read(Map.of("LISTEN_PID", "12", "LISTEN_FDS", "many"), 12))
                .hasMessage("LISTEN_FDS: many (expected: a number of sockets, 0 to 1024)");
    }
}
