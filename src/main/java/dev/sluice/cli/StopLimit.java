package dev.sluice.cli;

import dev.sluice.config.DrainConfig;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long the supervisor lets this process stop before it kills it: what a drain would still have finished is lost then,
 * and nobody says what it was. {@code SLUICE_STOP_TIMEOUT} tells it; under systemd, which does not, it is asked.
 */
final class StopLimit {
    static final String VARIABLE = "SLUICE_STOP_TIMEOUT";

    private static final Logger log = LoggerFactory.getLogger(StopLimit.class);

    /** What the end of the process takes beside the drain. */
    private static final Duration MARGIN = Duration.ofSeconds(1);

    private static final int PATIENCE_SECONDS = 5;
    private static final Pattern GIVEN = Pattern.compile("(\\d{1,9})(ms|s|m|h)?");
    /** One part of {@code 1min 30.5s}, as systemd writes it and takes it (systemd.time(7)). */
    private static final Pattern PART = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)\\s*(\\p{L}*)\\s*");

    /** In seconds. */
    private static final Map<String, BigDecimal> UNITS = units(
            "us usec \u00b5s \u03bcs", "0.000001",
            "ms msec", "0.001",
            "s sec second seconds", "1",
            "m min minute minutes", "60",
            "h hr hour hours", "3600",
            "d day days", "86400",
            "w week weeks", "604800",
            "M month months", "2629800",
            "y year years", "31557600");

    private StopLimit() {}

    /** The longest that a stop takes, with what comes after the drain. */
    static Duration needed(DrainConfig drain) {
        return drain.whole().plus(MARGIN);
    }

    /**
     * Reads {@link #VARIABLE}: a duration as the configuration writes them, or a number of seconds.
     *
     * @return null when it is not set
     * @throws IllegalArgumentException with a message for people
     */
    static @Nullable Duration read(Map<String, String> environment) {
        String text = environment.get(VARIABLE);
        if (text == null) return null;
        Matcher form = GIVEN.matcher(text);
        if (!form.matches())
            throw new IllegalArgumentException(
                    VARIABLE + ": " + text + " (expected: a duration such as 30s, or a number of seconds)");
        long amount = Long.parseLong(form.group(1));
        return switch (form.group(2) == null ? "s" : form.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofSeconds(amount);
        };
    }

    /**
     * Warns when it is too short. Returns at once: systemd is asked on a thread of its own, and has some seconds.
     *
     * @param given what {@link #read} found
     */
    static void check(DrainConfig drain, @Nullable Duration given, Map<String, String> environment) {
        if (given != null) {
            compare(drain, given, VARIABLE);
        } else if (environment.containsKey("INVOCATION_ID")) {
            Thread asking = new Thread(() -> ask(drain), "sluice-stop-limit");
            asking.setDaemon(true);
            asking.start();
        }
    }

    private static void compare(DrainConfig drain, Duration limit, String source) {
        Duration needed = needed(drain);
        if (limit.compareTo(needed) >= 0) return;
        log.warn(
                "{}: {} ms, after which this process is killed, and a stop may take {} ms (expected: no less; what is left"
                        + " then is lost and not named)",
                source,
                limit.toMillis(),
                needed.toMillis());
    }

    private static void ask(DrainConfig drain) {
        try {
            String group = Files.readString(Path.of("/proc/self/cgroup"), StandardCharsets.UTF_8);
            List<String> command = question(group);
            if (command.isEmpty()) return;
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            // One line: it fits into the pipe, so that nobody has to read while it runs.
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return;
            }
            Duration limit = span(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            if (limit != null) compare(drain, limit, "TimeoutStopSec of " + command.get(command.size() - 1));
        } catch (IOException e) {
            log.debug("systemd cannot be asked for its limit", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * What asks systemd for the limit of a unit.
     *
     * @param group {@code /proc/self/cgroup}, of which a line ends in the unit
     * @return empty when this is in none
     */
    static List<String> question(String group) {
        for (String line : group.split("\n")) {
            String unit = line.substring(line.lastIndexOf('/') + 1);
            if (!unit.endsWith(".service")) continue;
            List<String> command = new ArrayList<>(List.of("systemctl"));
            if (line.contains("/user@")) command.add("--user");
            command.addAll(List.of("show", "--property=TimeoutStopUSec", "--value", "--", unit));
            return command;
        }
        return List.of();
    }

    /**
     * A span of time as systemd writes it. A month is a twelfth of a year, a year 365.25 days.
     *
     * @return null for {@code infinity}, and for what is none
     */
    static @Nullable Duration span(String text) {
        String trimmed = text.trim();
        BigDecimal seconds = BigDecimal.ZERO;
        Matcher part = PART.matcher(trimmed);
        int end = 0;
        while (end < trimmed.length()) {
            if (!part.find(end) || part.start() != end) return null;
            BigDecimal unit = part.group(2).isEmpty() ? BigDecimal.ONE : UNITS.get(part.group(2));
            if (unit == null) return null;
            seconds = seconds.add(new BigDecimal(part.group(1)).multiply(unit));
            end = part.end();
        }
        return end == 0 ? null : exact(seconds);
    }

    private static Duration exact(BigDecimal seconds) {
        BigDecimal[] parts = seconds.divideAndRemainder(BigDecimal.ONE);
        return Duration.ofSeconds(
                parts[0].longValue(), parts[1].movePointRight(9).longValue());
    }

    private static Map<String, BigDecimal> units(String... namesAndSeconds) {
        Map<String, BigDecimal> units = new HashMap<>();
        for (int i = 0; i < namesAndSeconds.length; i += 2) {
            BigDecimal seconds = new BigDecimal(namesAndSeconds[i + 1]);
            for (String name : namesAndSeconds[i].split(" ")) units.put(name, seconds);
        }
        return units;
    }
}
