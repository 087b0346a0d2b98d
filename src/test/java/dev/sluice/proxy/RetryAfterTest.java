package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.junit.jupiter.api.Test;

/** RFC 9110 §10.2.3. */
class RetryAfterTest {
    private static Duration of(String value) {
        return Duration.ofNanos(RetryAfter.nanos(HttpFields.build().put(HttpHeader.RETRY_AFTER, value)));
    }

    private static Duration of(String date, String value) {
        return Duration.ofNanos(
                RetryAfter.nanos(HttpFields.build().put(HttpHeader.DATE, date).put(HttpHeader.RETRY_AFTER, value)));
    }

    @Test
    void secondsAreSeconds() {
        assertThat(of("0")).isZero();
        assertThat(of("120")).isEqualTo(Duration.ofMinutes(2));
        assertThat(of("999999999")).isEqualTo(Duration.ofSeconds(999_999_999));
    }

    @Test
    void dateCountsFromThatOfTheAnswer() {
        assertThat(of("Fri, 31 Dec 1999 23:59:00 GMT", "Fri, 31 Dec 1999 23:59:59 GMT"))
                .isEqualTo(Duration.ofSeconds(59));
        assertThat(of("Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 1999 23:59:00 GMT"))
                .isZero();
    }

    @Test
    void withoutOneItCountsFromNow() {
        Instant soon = Instant.now().plusSeconds(100);
        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(soon.atOffset(ZoneOffset.UTC));
        assertThat(of(date)).isBetween(Duration.ofSeconds(80), Duration.ofSeconds(100));
        assertThat(of("Fri, 31 Dec 1999 23:59:59 GMT")).isZero();
    }

    @Test
    void whatIsNeitherAsksForNothing() {
        assertThat(RetryAfter.nanos(HttpFields.EMPTY)).isZero();
        for (String value :
                new String[] {"", "soon", "-1", "1.5", "1e3", "10000000000", "99999999999999999999", "1, 2"})
            assertThat(of(value)).as(value).isZero();
    }

    @Test
    void farDateOverflowsNothing() {
        assertThat(of("Fri, 31 Dec 9999 23:59:59 GMT")).isGreaterThan(Duration.ofDays(365));
    }
}
