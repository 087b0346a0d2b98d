package dev.sluice.proxy;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.StringUtil;

/**
 * What gRPC asks of a proxy: that it fails in gRPC's own terms, because its clients take any other answer for a fault of
 * their own (gRPC over HTTP/2, "Responses").
 */
final class Grpc {
    static final String TYPE = "application/grpc";

    private Grpc() {}

    /** Whether a message is one of gRPC, and not of gRPC-Web, which has its status in the body. */
    static boolean speaks(HttpFields fields) {
        String type = fields.get(HttpHeader.CONTENT_TYPE);
        if (type == null || !StringUtil.asciiStartsWithIgnoreCase(type, TYPE)) return false;
        return type.length() == TYPE.length() || "+;".indexOf(type.charAt(TYPE.length())) >= 0;
    }

    /** Whether a request is a call. What else has that type would take a failure for success, and caches would keep it. */
    static boolean calls(Request in) {
        return in.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_2
                && "POST".equals(in.getMethod())
                && speaks(in.getHeaders());
    }

    /** What ends a call before its backend has ended it. */
    static HttpFields trailers(ProxyFailure why) {
        boolean drained = why.kind() == ProxyFailure.Kind.DRAINED;
        return HttpFields.build()
                .put("grpc-status", Integer.toString(status(why.kind().status())))
                .put("grpc-message", drained ? "the server is going away" : "the server broke off its answer");
    }

    /** The gRPC status for an answer of the proxy's own. */
    static int status(int http) {
        return switch (http) {
            case 400, 413, 414, 431, 500 -> 13; // INTERNAL
            case 401 -> 16; // UNAUTHENTICATED
            case 403 -> 7; // PERMISSION_DENIED
            case 404, 405 -> 12; // UNIMPLEMENTED
            case 408, 504 -> 4; // DEADLINE_EXCEEDED
            case 429, 502, 503 -> 14; // UNAVAILABLE
            default -> 2; // UNKNOWN
        };
    }
}
