package dev.sluice.listener;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Request;

/**
 * Refuses what Jetty lets through in HTTP/2 and what would be something else in HTTP/1.1, which backends are spoken to in:
 * there a space ends a target, and lengths and codings are read from fields (RFC 9113 §8.2.2, §8.3.1, §10.3).
 *
 * <p>Stateless; safe for use by all threads.
 */
final class Http2Rules {
    /** As many digits as surely fit into a long. */
    private static final int LENGTH_DIGITS = 18;

    private Http2Rules() {}

    static void check(Request request) {
        checkTarget(request);
        checkFields(request.getHeaders());
    }

    private static void checkTarget(Request request) {
        HttpURI uri = request.getHttpURI();
        String target = uri.getPathQuery();
        for (int i = 0; target != null && i < target.length(); i++) {
            char c = target.charAt(i);
            if (c <= ' ' || c == 0x7f) throw RequestRules.badRequest("Bad character in path");
        }
        // Without any, the backend would be asked for itself, and not for what the client meant.
        String host = uri.hasAuthority() ? uri.getHost() : request.getHeaders().get(HttpHeader.HOST);
        if (host == null || host.isEmpty()) throw RequestRules.badRequest("No authority");
    }

    private static void checkFields(HttpFields fields) {
        // Those of a request that came in HTTP/1.1 and upgraded the connection are still there.
        boolean upgraded = fields.contains(HttpHeader.HTTP2_SETTINGS);
        boolean length = false;
        for (HttpField field : fields) {
            HttpHeader header = field.getHeader();
            if (header == null) continue;
            switch (header) {
                case TRANSFER_ENCODING -> throw RequestRules.badRequest("Transfer-Encoding in HTTP/2");
                case CONNECTION, KEEP_ALIVE, PROXY_CONNECTION, UPGRADE -> {
                    if (!upgraded) throw RequestRules.badRequest("Field of a connection in HTTP/2");
                }
                case CONTENT_LENGTH -> {
                    if (length || !isLength(field.getValue())) throw RequestRules.badRequest("Bad Content-Length");
                    length = true;
                }
                default -> {
                    // Belongs to the message.
                }
            }
        }
    }

    private static boolean isLength(String value) {
        if (value.isEmpty() || value.length() > LENGTH_DIGITS) return false;
        for (int i = 0; i < value.length(); i++) if (value.charAt(i) < '0' || value.charAt(i) > '9') return false;
        return true;
    }
}
