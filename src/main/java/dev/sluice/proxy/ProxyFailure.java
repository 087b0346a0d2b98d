package dev.sluice.proxy;

import dev.sluice.upstream.Lease;
import java.io.EOFException;
import java.net.SocketException;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;

/**
 * Why an exchange did not end as it should have. A failure is data: {@link FailureAnswer} maps it to a status, {@link
 * RetryRules} to a decision, and nothing else looks at exceptions.
 *
 * @param kind what went wrong
 * @param sent how much of the request had left for the backend by then
 * @param reason for the log, in a few words; never shown to a client
 * @param cause the exception, or null when there was none
 */
public record ProxyFailure(
        Kind kind, Sent sent, String reason, @Nullable Throwable cause) {
    /** Who is to blame. */
    public enum Source {
        CLIENT,
        BACKEND,
        PROXY
    }

    /** What went wrong, on which side, and the status that a client is answered with when it still can be. */
    public enum Kind {
        /** The backend refused the connection, could not be found or could not be trusted. */
        CONNECT(Source.BACKEND, 502),
        /** The backend did not accept the connection in time. */
        CONNECT_TIMEOUT(Source.BACKEND, 504),
        /** No backend is there to be asked. */
        NO_BACKEND(Source.PROXY, 503),
        /** All backends have as much to do as they may have, and the queue is full, or its wait is over. */
        OVERLOADED(Source.PROXY, 503),
        /** All connections are taken, and so is the queue, or its wait is over. */
        NO_CONNECTION(Source.PROXY, 503),
        /** The backend said that it did nothing with the request (RFC 9113 §8.7). */
        REFUSED(Source.BACKEND, 503),
        /** The backend closed or reset the connection before the end of its answer. */
        CLOSED(Source.BACKEND, 502),
        /** The backend's answer breaks the protocol. */
        BAD_ANSWER(Source.BACKEND, 502),
        /** No first byte of an answer in time. */
        FIRST_BYTE_TIMEOUT(Source.BACKEND, 504),
        /** Nothing moved on the backend's side for too long. */
        IDLE_TIMEOUT(Source.BACKEND, 504),
        /** The whole took longer than configured. */
        TOTAL_TIMEOUT(Source.PROXY, 504),
        /** A drain is under way, and the route's limit in it has passed. */
        DRAINED(Source.PROXY, 503),
        /** The client's header fields are more than the backend takes. */
        FIELDS_TOO_LARGE(Source.CLIENT, 431),
        /** The body is longer than the route takes. */
        BODY_TOO_LARGE(Source.CLIENT, 413),
        /** The client went away. Nobody is left to answer; 499 is for the log alone. */
        CLIENT_GONE(Source.CLIENT, 499),
        /** The client stopped sending its request. */
        CLIENT_TIMEOUT(Source.CLIENT, 408),
        /** The client's request breaks the protocol in its body. */
        BAD_REQUEST(Source.CLIENT, 400),
        /** A defect of this proxy. */
        INTERNAL(Source.PROXY, 500);

        private final Source source;
        private final int status;

        Kind(Source source, int status) {
            this.source = source;
            this.status = status;
        }

        public Source source() {
            return source;
        }

        public int status() {
            return status;
        }

        /** What it is to the backend, when that is to blame. */
        Lease.Fault fault() {
            return switch (this) {
                case CONNECT, CONNECT_TIMEOUT -> Lease.Fault.CONNECT;
                case FIRST_BYTE_TIMEOUT, IDLE_TIMEOUT -> Lease.Fault.TIMEOUT;
                case REFUSED -> Lease.Fault.REFUSED;
                case BAD_ANSWER -> Lease.Fault.BAD_ANSWER;
                default -> Lease.Fault.RESET;
            };
        }
    }

    /** How much of the request had left. */
    public enum Sent {
        /** No byte: nothing can have been processed. */
        NOTHING,
        /** Some bytes at least, or it cannot be told. */
        SOME,
        /** The answer had begun. */
        ANSWERED
    }

    /** The end that a route's limit in a drain sets. */
    static ProxyFailure drained(Sent sent) {
        return new ProxyFailure(Kind.DRAINED, sent, "the route's limit in a drain", null);
    }

    /** The end that a backend's leaving sets, after a while. */
    static ProxyFailure left() {
        return new ProxyFailure(Kind.DRAINED, Sent.SOME, "its backend has left, and drain.leaving has passed", null);
    }

    /** What is wrong with a body that ends before its Content-Length (RFC 9113 §8.1.1). */
    static Throwable shortBody() {
        return new HttpException.RuntimeException(HttpStatus.BAD_REQUEST_400, "body shorter than its Content-Length");
    }

    /** What is wrong with a body that has more bytes than its route takes. */
    static Throwable longBody(long most) {
        return new HttpException.RuntimeException(
                HttpStatus.PAYLOAD_TOO_LARGE_413, "body of more than " + most + " bytes");
    }

    /** A body that a client did not send as it should have. */
    static ProxyFailure byClient(Throwable cause) {
        if (cause instanceof HttpException told && told.getCode() == HttpStatus.PAYLOAD_TOO_LARGE_413)
            return new ProxyFailure(Kind.BODY_TOO_LARGE, Sent.SOME, reasonOf(cause), cause);
        boolean broken = cause instanceof HttpException && !(cause instanceof EOFException);
        Kind kind =
                cause instanceof TimeoutException ? Kind.CLIENT_TIMEOUT : broken ? Kind.BAD_REQUEST : Kind.CLIENT_GONE;
        return new ProxyFailure(kind, Sent.SOME, reasonOf(cause), cause);
    }

    /** The reason to log, one short line. Jetty's messages may hold whole object graphs; those are left out. */
    static String reasonOf(Throwable failure) {
        // Jetty's client puts where it could not connect to before why, and where is known.
        Throwable cause =
                failure instanceof SocketException && failure.getCause() instanceof SocketException why ? why : failure;
        String message = cause.getMessage();
        String name = cause.getClass().getSimpleName();
        if (message == null || message.isBlank() || message.length() > 120 || message.contains("@")) return name;
        return name + ": " + message.lines().findFirst().orElse("");
    }
}
