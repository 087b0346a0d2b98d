package dev.sluice.proxy;

import dev.sluice.config.ServerConfig;
import dev.sluice.proxy.ProxyFailure.Kind;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;
import org.eclipse.jetty.http.HttpField;
import org.jspecify.annotations.Nullable;

/** What {@code Proxy-Status} says of a failure (RFC 9209): its kind, and which backend only where that is configured. */
final class ProxyStatus {
    private static final String NAME = "Proxy-Status";

    private ProxyStatus() {}

    /**
     * The field of an answer to a request that failed.
     *
     * @param proxy what this proxy is called
     * @param origin of the backend, or null when there was none
     * @return null when nothing is to be said
     */
    static @Nullable HttpField of(
            ProxyFailure why, String proxy, @Nullable String origin, ServerConfig.ProxyStatus says) {
        if (says == ServerConfig.ProxyStatus.OFF) return null;
        String value = name(proxy) + "; error=" + error(why);
        if (says == ServerConfig.ProxyStatus.BACKEND && origin != null) value += "; next-hop=" + quoted(origin);
        return new HttpField(NAME, value);
    }

    /** The same for an answer that no backend was needed for, by its status; null when it is none of an error. */
    static @Nullable HttpField of(int status, String proxy, ServerConfig.ProxyStatus says) {
        if (says == ServerConfig.ProxyStatus.OFF || status < 400) return null;
        String error =
                status == 404 ? "destination_not_found" : status == 405 ? "http_request_denied" : "http_request_error";
        return new HttpField(NAME, name(proxy) + "; error=" + error);
    }

    /** RFC 9209 §2.3. */
    private static String error(ProxyFailure why) {
        return switch (why.kind()) {
            case CONNECT -> unreached(why.cause());
            case CONNECT_TIMEOUT -> "connection_timeout";
            case NO_BACKEND, REFUSED -> "destination_unavailable";
            case OVERLOADED, NO_CONNECTION -> "connection_limit_reached";
            case CLOSED -> "connection_terminated";
            case DRAINED -> "proxy_internal_response";
            case BAD_ANSWER -> "http_protocol_error";
            case FIRST_BYTE_TIMEOUT -> "connection_read_timeout";
            case IDLE_TIMEOUT -> "connection_write_timeout";
            case TOTAL_TIMEOUT -> "http_response_timeout";
            case FIELDS_TOO_LARGE, BODY_TOO_LARGE, CLIENT_GONE, CLIENT_TIMEOUT, BAD_REQUEST -> "http_request_error";
            case INTERNAL -> "proxy_internal_error";
        };
    }

    /** {@link Kind#CONNECT} by its cause, which Jetty's client may have wrapped. */
    private static String unreached(@Nullable Throwable failure) {
        boolean tls = false;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException) return "tls_certificate_error";
            if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException)
                return "dns_error";
            if (cause instanceof NoRouteToHostException) return "destination_ip_unroutable";
            if (cause instanceof ConnectException && cause.getCause() == null) return "connection_refused";
            tls |= cause instanceof SSLException;
        }
        return tls ? "tls_protocol_error" : "destination_unavailable";
    }

    /** A token or a string. */
    private static String name(String proxy) {
        return proxy.matches("[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*") ? proxy : quoted(proxy);
    }

    /** A string of structured fields (RFC 9651 §3.3.3): what it cannot hold is left out. */
    private static String quoted(String text) {
        String plain = text.replaceAll("[^\\x20-\\x7e]", "");
        return '"' + plain.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
