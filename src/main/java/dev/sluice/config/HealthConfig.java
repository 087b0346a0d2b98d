package dev.sluice.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the backends of a pool are asked whether they are well.
 *
 * @param check what is asked
 * @param port where, 1 to 65535; null for the backend's own port; without meaning for a Unix-domain socket
 * @param interval from the end of one check to the beginning of the next, give or take a tenth of it; default 5 s
 * @param timeout for one check, the connection included; default 2 s
 * @param rise checks in a row that must pass until a backend that was not well is used again; default 2
 * @param fall checks in a row that must fail until one that was well is not used; default 3
 */
public record HealthConfig(
        Check check, @Nullable Integer port, Duration interval, Duration timeout, int rise, int fall) {
    public static final Duration INTERVAL = Duration.ofSeconds(5);
    public static final Duration TIMEOUT = Duration.ofSeconds(2);
    public static final int RISE = 2;
    public static final int FALL = 3;

    /** What a backend is asked. */
    public sealed interface Check permits Http, Tcp, Tls, Grpc {}

    /**
     * A GET whose answer says so, in the protocol of the backend, TLS included.
     *
     * @param path with its query, if any; starts with a slash
     * @param status ranges of which one must hold the answer's status; never empty
     * @param body what the first 64 KiB of the answer's body must contain, in UTF-8; null for no matter what
     * @param host the {@code Host} of the request; null for the backend's own
     * @param headers further fields of the request
     */
    public record Http(
            String path,
            List<StatusRange> status,
            @Nullable String body,
            @Nullable String host,
            Map<String, String> headers)
            implements Check {
        public Http {
            status = List.copyOf(status);
            headers = Map.copyOf(headers);
        }
    }

    /** The backend accepts a connection. */
    public record Tcp() implements Check {}

    /** The backend accepts a connection, and TLS on it, with a certificate that is trusted. */
    public record Tls() implements Check {}

    /**
     * The answer of gRPC's health service ({@code grpc.health.v1.Health/Check}) is SERVING.
     *
     * @param service which of the server's services; empty for the server as a whole
     */
    public record Grpc(String service) implements Check {}

    /**
     * Statuses from the first to the last, both included.
     *
     * @param first 200 to 599
     * @param last not less than the first
     */
    public record StatusRange(int first, int last) {
        public boolean contains(int status) {
            return first <= status && status <= last;
        }

        @Override
        public String toString() {
            return first == last ? "" + first : first + "-" + last;
        }
    }

    /** This check with the defaults of the rest. */
    public static HealthConfig of(Check check) {
        return new HealthConfig(check, null, INTERVAL, TIMEOUT, RISE, FALL);
    }
}
