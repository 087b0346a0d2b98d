package dev.sluice.listener;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Writes the errors that no exchange answers for, above all requests that cannot be parsed: the status and its name as
 * text, or as JSON where the client asks for it, and nothing of the inside. Stateless.
 */
public final class QuietErrorHandler implements Request.Handler {
    /** Never throws; the callback ends with the write. */
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = status(request, response);
        response.setStatus(status);
        HttpFields.Mutable fields = response.getHeaders();
        fields.put(request.getConnectionMetaData().getConnector().getServer().getDateField());
        fields.put(HttpHeader.CACHE_CONTROL, "no-store");
        // HTTP/2 leaves the field out by itself (RFC 9113 §8.2.2).
        if (endsConnection(status)) fields.put(HttpFields.CONNECTION_CLOSE);
        if (HttpStatus.hasNoBody(status)) {
            response.write(true, null, callback);
            return true;
        }
        boolean json = wantsJson(request.getHeaders().get(HttpHeader.ACCEPT));
        fields.put(HttpHeader.CONTENT_TYPE, json ? "application/json" : "text/plain;charset=utf-8");
        String name = HttpStatus.getMessage(status);
        String body = json ? "{\"status\":" + status + ",\"error\":\"" + name + "\"}\n" : status + " " + name + "\n";
        response.write(true, ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)), callback);
        return true;
    }

    private static int status(Request request, Response response) {
        int status = request.getAttribute(ErrorHandler.ERROR_EXCEPTION) instanceof HttpException e
                ? e.getCode()
                : response.getStatus();
        return status < 400 || status > 599 ? HttpStatus.INTERNAL_SERVER_ERROR_500 : status;
    }

    /** After these it is unknown where the next request would begin, or whether it was meant as one. */
    private static boolean endsConnection(int status) {
        return switch (status) {
            case 400, 408, 413, 414, 417, 426, 431, 501, 505 -> true;
            default -> false;
        };
    }

    /** Not parsed as RFC 9110 §12.5.1 would: the field may be what was wrong with the request. */
    private static boolean wantsJson(@Nullable String accept) {
        return accept != null && (accept.contains("application/json") || accept.contains("+json"));
    }
}
