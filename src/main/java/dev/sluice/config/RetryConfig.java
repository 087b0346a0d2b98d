package dev.sluice.config;

import dev.sluice.config.HealthConfig.StatusRange;
import java.time.Duration;
import java.util.List;

/**
 * When a request that failed is tried again, and how often. What no backend has processed is tried again whatever its
 * method; anything else only when its method allows it (RFC 9110 §9.2.2).
 *
 * @param tries in all, the first included; default 3; 1 for no second one
 * @param methods whose requests are tried again although a backend may have processed them; default idempotent
 * @param timeouts whether a backend that did not answer in time is a reason; default false: the client has waited already
 * @param statuses of answers that are a reason, as long as nothing of them has been passed on; default 502 to 504
 * @param budgetPercent of requests that may be tried again once a backend may have had them; default 20
 * @param burst how many may be beyond that, at once; default 100
 * @param timeout from the beginning, after which no further try begins; default 10 s
 * @param body how many bytes of a request's body are kept for another try; a longer one is sent once; default 64 KiB
 */
public record RetryConfig(
        int tries,
        Methods methods,
        boolean timeouts,
        List<StatusRange> statuses,
        int budgetPercent,
        int burst,
        Duration timeout,
        int body) {
    public RetryConfig {
        statuses = List.copyOf(statuses);
    }

    /** Of which methods requests may be processed twice. */
    public enum Methods {
        /** None: only what was not processed is tried again. */
        NONE,
        /** GET, HEAD, OPTIONS, TRACE, PUT and DELETE. */
        IDEMPOTENT,
        /** Each: backends see to it that nothing is done twice. */
        ALL
    }

    public static RetryConfig defaults() {
        return new RetryConfig(
                3,
                Methods.IDEMPOTENT,
                false,
                List.of(new StatusRange(502, 504)),
                20,
                100,
                Duration.ofSeconds(10),
                64 << 10);
    }

    /** Only what no backend has processed is tried again. */
    public static RetryConfig off() {
        RetryConfig usual = defaults();
        return new RetryConfig(1, Methods.NONE, false, List.of(), 0, 0, usual.timeout, usual.body);
    }
}
