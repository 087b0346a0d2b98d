package dev.sluice.proxy;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpDateTime;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/** How long a backend asks to be left alone (RFC 9110 §10.2.3). */
final class RetryAfter {
    /** In seconds; longer is what nobody waits for. */
    private static final int DIGITS = 9;

    private RetryAfter() {}

    /** In nanoseconds; 0 when it does not ask for that, or not so that it can be understood. */
    static long nanos(HttpFields answer) {
        String value = answer.get(HttpHeader.RETRY_AFTER);
        if (value == null || value.isEmpty()) return 0;
        boolean seconds = value.chars().allMatch(c -> '0' <= c && c <= '9');
        if (!seconds) return untilDate(value, answer.get(HttpHeader.DATE));
        return value.length() > DIGITS ? 0 : TimeUnit.SECONDS.toNanos(Long.parseLong(value));
    }

    /** By the backend's own clock, where it tells that. */
    private static long untilDate(String value, @Nullable String date) {
        long until = HttpDateTime.parseToEpoch(value);
        if (until < 0) return 0;
        long own = date == null ? -1 : HttpDateTime.parseToEpoch(date);
        long now = own < 0 ? Instant.now().toEpochMilli() : own;
        return Math.max(0, TimeUnit.MILLISECONDS.toNanos(until - now));
    }
}
