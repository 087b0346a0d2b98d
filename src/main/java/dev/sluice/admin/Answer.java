package dev.sluice.admin;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** What a question is answered with: a status and a few lines, or the same as JSON where the client asks for it. */
record Answer(int status, Control.Report body) {
    /** @param word a word or a sentence that needs no escaping */
    static Answer of(int status, String word) {
        return new Answer(status, new Control.Report(word + "\n", "{\"status\":\"" + word + "\"}"));
    }

    /** @param why for people, in any words */
    static Answer refused(String why) {
        String quoted = new String(JsonStringEncoder.getInstance().quoteAsString(why));
        return new Answer(409, new Control.Report(why + "\n", "{\"refused\":\"" + quoted + "\"}"));
    }

    void write(Request request, Response response, Callback callback) {
        boolean json = wantsJson(request.getHeaders());
        byte[] bytes = (json ? body.json() + "\n" : body.text()).getBytes(StandardCharsets.UTF_8);
        response.setStatus(status);
        HttpFields.Mutable fields = response.getHeaders();
        fields.put(HttpHeader.CONTENT_TYPE, json ? "application/json" : "text/plain;charset=utf-8");
        fields.put(HttpHeader.CONTENT_LENGTH, bytes.length);
        fields.put(HttpHeader.CACHE_CONTROL, "no-store");
        response.write(true, "HEAD".equals(request.getMethod()) ? null : ByteBuffer.wrap(bytes), callback);
    }

    private static boolean wantsJson(HttpFields fields) {
        for (String accepted : fields.getQualityCSV(HttpHeader.ACCEPT)) {
            String type = accepted.toLowerCase(Locale.ROOT);
            if (type.startsWith("application/json")) return true;
            if (type.startsWith("text/") || type.startsWith("*/*")) return false;
        }
        return false;
    }
}
