package dev.sluice.proxy;

import dev.sluice.upstream.health.Probe.Finding;
import java.util.List;
import java.util.function.Consumer;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;

/** Judges the answer of gRPC's health service: how the call ended, and what the one message says. */
final class GrpcHealthAnswer extends HealthAnswer {
    private static final int OK = 0;
    private static final int NOT_FOUND = 5;
    private static final int UNIMPLEMENTED = 12;

    private static final List<String> CODES = List.of(
            "OK",
            "CANCELLED",
            "UNKNOWN",
            "INVALID_ARGUMENT",
            "DEADLINE_EXCEEDED",
            "NOT_FOUND",
            "ALREADY_EXISTS",
            "PERMISSION_DENIED",
            "RESOURCE_EXHAUSTED",
            "FAILED_PRECONDITION",
            "ABORTED",
            "OUT_OF_RANGE",
            "UNIMPLEMENTED",
            "INTERNAL",
            "UNAVAILABLE",
            "DATA_LOSS",
            "UNAUTHENTICATED");

    private final String service;

    GrpcHealthAnswer(String service, Consumer<Finding> finding, Consumer<Throwable> failure) {
        super(null, finding, failure);
        this.service = service;
    }

    @Override
    @Nullable
    String flaw(Response response) {
        if (response.getStatus() != HttpStatus.OK_200) return "status " + response.getStatus() + " (expected 200)";
        if (Grpc.speaks(response.getHeaders())) return null;
        String type = response.getHeaders().get(HttpHeader.CONTENT_TYPE);
        return "no gRPC: " + (type == null ? "no content-type" : HealthReasons.told("content-type " + type));
    }

    @Override
    boolean keepsBody() {
        return true;
    }

    @Override
    Finding atMost() {
        return Finding.failed("bad answer: longer than 64 KiB");
    }

    @Override
    Finding atEnd(Response response) {
        // An answer that is over with its head has its status there.
        HttpFields trailers = response.getTrailers();
        String code = trailers == null ? null : trailers.get("grpc-status");
        HttpFields said = code == null ? response.getHeaders() : trailers;
        int status = code(said.get("grpc-status"));
        if (status != OK) return Finding.failed(reason(status, said.get("grpc-message")));
        String serving = GrpcHealth.status(body());
        if (serving == null) return Finding.failed("bad answer: no message of the health service");
        return new Finding(serving.equals(GrpcHealth.SERVING), serving);
    }

    private String reason(int status, @Nullable String message) {
        if (status < 0) return "bad answer: no grpc-status";
        if (status == UNIMPLEMENTED) return "UNIMPLEMENTED: no health service";
        if (status == NOT_FOUND && !service.isEmpty())
            return HealthReasons.told("NOT_FOUND: the health service does not know \"" + service + "\"");
        String name = status < CODES.size() ? CODES.get(status) : "grpc-status " + status;
        return message == null || message.isBlank() ? name : HealthReasons.told(name + ": " + message);
    }

    private static int code(@Nullable String text) {
        return text != null && text.matches("\\d{1,3}") ? Integer.parseInt(text) : -1;
    }
}
