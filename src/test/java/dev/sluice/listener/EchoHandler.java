package dev.sluice.listener;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Answers with what it saw: method, target and protocol, each field on a line, then the body. */
final class EchoHandler extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        byte[] body;
        try {
            ByteBuffer read = Content.Source.asByteBuffer(request);
            body = new byte[read.remaining()];
            read.get(body);
        } catch (Exception e) {
            callback.failed(e);
            return true;
        }
        StringBuilder saw = new StringBuilder()
                .append(request.getMethod())
                .append(' ')
                .append(request.getHttpURI().getPathQuery())
                .append(' ')
                .append(request.getConnectionMetaData().getHttpVersion())
                .append(request.isSecure() ? " secure" : "")
                .append('\n');
        for (HttpField field : request.getHeaders())
            saw.append(field.getName()).append(": ").append(field.getValue()).append('\n');
        saw.append('\n').append(new String(body, StandardCharsets.ISO_8859_1));
        // Where a value goes out again as a field, so that the round trip can be seen.
        String echo = request.getHeaders().get("X-Echo");
        if (echo != null) response.getHeaders().put("X-Echo", echo);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain");
        response.write(true, ByteBuffer.wrap(saw.toString().getBytes(StandardCharsets.UTF_8)), callback);
        return true;
    }
}
