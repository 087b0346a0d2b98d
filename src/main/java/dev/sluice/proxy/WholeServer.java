package dev.sluice.proxy;

import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Answers {@code OPTIONS *}, which asks about a server and not about anything behind it (RFC 9110 §9.3.7). */
public final class WholeServer extends Handler.Wrapper {
    /** For Jetty XML, which inserts it around what is there. */
    public WholeServer() {}

    public WholeServer(Handler handler) {
        super(handler);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (!"*".equals(request.getHttpURI().getPath())) return super.handle(request, response, callback);
        FailureAnswer answer = request.getMethod().equals("OPTIONS") ? FailureAnswer.options() : FailureAnswer.of(400);
        answer.write(request, response, null, callback);
        return true;
    }
}
