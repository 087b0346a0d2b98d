package dev.sluice.proxy;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** Requests that no backend gets to see, whatever the routes say. */
final class Refusals {
    private Refusals() {}

    /** What is answered without any backend, or null. */
    static @Nullable FailureAnswer of(Request in, boolean allowTrace) {
        String method = in.getMethod();
        // A WebSocket in HTTP/2 begins with CONNECT.
        if (!passes(method, allowTrace) && !Upgrade.isWebSocketStream(in)) return FailureAnswer.of(405);
        // Jetty does not compare the length of a CONNECT with what comes.
        if (method.equals("CONNECT") && in.getHeaders().contains(HttpHeader.CONTENT_LENGTH))
            return FailureAnswer.of(400);
        boolean trace = method.equals("TRACE");
        if ((trace || method.equals("OPTIONS")) && maxForwards(in) == 0) {
            return trace ? FailureAnswer.of(405) : FailureAnswer.options();
        }
        HttpURI uri = in.getHttpURI();
        // A target with a fragment, or with bytes that no text can hold, is none (RFC 9112 §3.2).
        if (uri.getFragment() != null || !RawPath.isWhole(uri)) return FailureAnswer.of(400);
        return null;
    }

    /** Whether there is a way through for requests of that method. */
    static boolean passes(String method, boolean allowTrace) {
        // A gateway is no way to anywhere else, and TRACE would show fields added on the way.
        return !method.equals("CONNECT") && (allowTrace || !method.equals("TRACE"));
    }

    /** The hops that are left (RFC 9110 §7.6.2), or -1 when the client sets no limit. */
    static int maxForwards(Request in) {
        boolean limited = in.getMethod().equals("OPTIONS") || in.getMethod().equals("TRACE");
        String value = limited ? in.getHeaders().get(HttpHeader.MAX_FORWARDS) : null;
        if (value == null) return -1;
        try {
            return Math.max(0, Integer.parseInt(value.trim()));
        } catch (NumberFormatException e) {
            return -1; // Not a number: passed on as it is, for the recipient to judge.
        }
    }
}
