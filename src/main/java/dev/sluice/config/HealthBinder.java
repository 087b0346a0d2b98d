package dev.sluice.config;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The section {@code health} of a pool. */
final class HealthBinder {
    private static final Duration LONGEST_INTERVAL = Duration.ofHours(1);

    /** The values of {@code check}. */
    enum Kind {
        HTTP,
        TCP,
        TLS,
        GRPC;

        @Override
        public String toString() {
            return "check: " + name().toLowerCase(Locale.ROOT);
        }
    }

    /** Keys that only one check knows. */
    private static final Map<String, Kind> OWNERS = Map.of(
            "path", Kind.HTTP,
            "status", Kind.HTTP,
            "body", Kind.HTTP,
            "host", Kind.HTTP,
            "headers", Kind.HTTP,
            "service", Kind.GRPC);

    private final Problems problems;

    HealthBinder(Problems problems) {
        this.problems = problems;
    }

    /** Null when there are problems, and for {@code off}; without a value it is the check that it is without keys. */
    @Nullable
    HealthConfig bind(Node node, String path, List<BackendConfig> backends) {
        if (Section.isNull(node)) return HealthConfig.of(HttpCheckBinder.DEFAULT);
        if (node instanceof Node.Scalar word && word.text().equals("off")) return null;
        Section health = Section.of(node, path, problems, HealthKeys.HEALTH);
        if (health == null) return null;
        HealthConfig.Check check = check(health, backends);
        Integer port = port(health, backends);
        // Of an interval that is wrong nothing follows for the timeout.
        Duration interval = health.value("interval") == null
                ? HealthConfig.INTERVAL
                : health.duration("interval", LONGEST_INTERVAL);
        Duration timeout = timeout(health, interval);
        int rise = health.number("rise", HealthConfig.RISE);
        int fall = health.number("fall", HealthConfig.FALL);
        return check == null ? null : new HealthConfig(check, port, interval, timeout, rise, fall);
    }

    private HealthConfig.@Nullable Check check(Section health, List<BackendConfig> backends) {
        Kind kind = health.value("check") == null ? Kind.HTTP : health.chosen("check", Kind.class);
        // Which keys belong to a check that is not known, nobody can say.
        if (kind == null || health.misspelt("check")) return null;
        OWNERS.forEach((key, owner) -> {
            String other = "belongs to " + owner + ", not to " + kind;
            if (owner != kind) health.refuse(key, other + " (expected it there, or not at all)");
        });
        return switch (kind) {
            case HTTP -> new HttpCheckBinder(problems).bind(health);
            case TCP -> new HealthConfig.Tcp();
            case TLS -> {
                reaches(health, backends, BackendConfig::isSecure, "https:// ones, as others speak no TLS");
                yield new HealthConfig.Tls();
            }
            case GRPC -> {
                Predicate<BackendConfig> http2 = b -> b.isSecure() || b.scheme().equals("h2c");
                reaches(health, backends, http2, "h2c:// or https:// ones, as gRPC is HTTP/2");
                String service = health.text("service", "a name", "one such as my.package.Service");
                yield new HealthConfig.Grpc(service == null ? "" : service);
            }
        };
    }

    /** Reports the first backend that such a check cannot ask. */
    private void reaches(Section health, List<BackendConfig> backends, Predicate<BackendConfig> fits, String expected) {
        Node check = health.value("check");
        if (check == null) return;
        backends.stream().filter(fits.negate()).findFirst().ifPresent(odd -> {
            String message = check.describe() + " cannot ask the backend " + odd.origin();
            problems.add(check.at(), health.path("check"), message + " (expected " + expected + ")");
        });
    }

    private @Nullable Integer port(Section health, List<BackendConfig> backends) {
        if (health.value("port") == null) return null;
        backends.stream().filter(b -> b.socket() != null).findFirst().ifPresent(odd -> {
            String message = "the backend " + odd.origin() + " has no ports";
            health.refuse("port", message + " (expected no such key, or a pool of its own for that backend)");
        });
        return health.number("port", 1);
    }

    /** Not longer than the interval: a backend that hangs would be asked far less often than the interval says. */
    private Duration timeout(Section health, Duration interval) {
        Duration shortened = interval.compareTo(HealthConfig.TIMEOUT) < 0 ? interval : HealthConfig.TIMEOUT;
        Duration timeout = health.duration("timeout", shortened);
        Node node = health.value("timeout");
        if (node == null || timeout.compareTo(interval) <= 0) return timeout;
        String message = Durations.format(timeout) + " is longer than the interval of " + Durations.format(interval);
        String expected = " (expected at most that, or a longer interval)";
        problems.add(node.at(), health.path("timeout"), message + expected);
        return timeout;
    }
}
