package dev.sluice.cli;

import java.math.BigDecimal;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a request to a demo backend. What is missing has a default; what is wrong or too much throws
 * {@link IllegalArgumentException} with a message for the client.
 */
record DemoQuery(Map<String, String> parameters) {
    private static final Pattern AMOUNT = Pattern.compile("(\\d{1,15}(?:\\.\\d{1,9})?)\\s*([a-zA-Z]*)");
    private static final Map<String, Long> TIMES = Map.of("", 1_000_000_000L, "s", 1_000_000_000L, "ms", 1_000_000L);
    private static final Map<String, Long> SIZES =
            Map.of("", 1L, "b", 1L, "kb", 1_000L, "mb", 1_000_000L, "gb", 1_000_000_000L);

    /** The first of several parameters of one name counts. */
    static DemoQuery of(URI uri) {
        Map<String, String> parameters = new HashMap<>();
        String query = uri.getRawQuery();
        if (query == null) return new DemoQuery(parameters);
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : pair.substring(0, equals);
            String value = equals < 0 ? "" : pair.substring(equals + 1);
            parameters.putIfAbsent(decode(name), decode(value));
        }
        return new DemoQuery(parameters);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    long number(String name, long otherwise, long most) {
        String text = parameters.get(name);
        if (text == null) return otherwise;
        BigDecimal value = amount(text, Map.of("", 1L));
        if (value == null || value.stripTrailingZeros().scale() > 0 || over(value, most)) {
            throw wrong(name, text, "a whole number, 0 to " + most);
        }
        return value.longValueExact();
    }

    /** {@code 500ms}, {@code 1.5s}, or seconds without a unit. */
    Duration duration(String name, Duration otherwise, Duration longest) {
        String text = parameters.get(name);
        if (text == null) return otherwise;
        BigDecimal nanos = amount(text, TIMES);
        if (nanos == null || over(nanos, longest.toNanos())) {
            throw wrong(name, text, "0 to " + longest.toSeconds() + " seconds, such as 2, 1.5s or 500ms");
        }
        return Duration.ofNanos(nanos.longValue());
    }

    /** {@code 10MB}, {@code 512kB}, {@code 1GB} in powers of ten, or bytes without a unit. */
    long size(String name, long otherwise, long most) {
        String text = parameters.get(name);
        if (text == null) return otherwise;
        BigDecimal bytes = amount(text, SIZES);
        if (bytes == null || over(bytes, most))
            throw wrong(name, text, "0 to " + most + " bytes, such as 512kB or 10MB");
        return bytes.longValue();
    }

    /** A duration as a person writes seconds: {@code 3}, {@code 0.5}. */
    static String seconds(Duration duration) {
        return BigDecimal.valueOf(duration.toMillis(), 3).stripTrailingZeros().toPlainString();
    }

    private static @Nullable BigDecimal amount(String text, Map<String, Long> units) {
        Matcher matcher = AMOUNT.matcher(text);
        if (!matcher.matches()) return null;
        Long factor = units.get(matcher.group(2).toLowerCase(Locale.ROOT));
        return factor == null ? null : new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(factor));
    }

    private static boolean over(BigDecimal value, long most) {
        return value.compareTo(BigDecimal.valueOf(most)) > 0;
    }

    private static IllegalArgumentException wrong(String name, String text, String expected) {
        return new IllegalArgumentException(name + ": \"" + text + "\" (expected: " + expected + ")");
    }
}
