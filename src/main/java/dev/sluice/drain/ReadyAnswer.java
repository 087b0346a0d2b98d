package dev.sluice.drain;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** What a load balancer is told that asks whether new requests are welcome. */
record ReadyAnswer(boolean ready, String state) {
    void write(Response response, Callback callback) {
        byte[] body = (state + "\n").getBytes(StandardCharsets.UTF_8);
        response.setStatus(ready ? 200 : 503);
        HttpFields.Mutable fields = response.getHeaders();
        fields.put(HttpHeader.CONTENT_TYPE, "text/plain;charset=utf-8");
        fields.put(HttpHeader.CONTENT_LENGTH, body.length);
        fields.put(HttpHeader.CACHE_CONTROL, "no-store");
        response.write(true, ByteBuffer.wrap(body), callback);
    }
}
