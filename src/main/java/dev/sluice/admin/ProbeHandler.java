package dev.sluice.admin;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Whether the process lives ({@code /livez}: 200 as long as it answers) and whether requests are welcome ({@code /readyz}: 200
 * or 503). At every address of the admin server; all else is for the handler inside.
 */
final class ProbeHandler extends Handler.Wrapper {
    private final Control proxy;

    ProbeHandler(Control proxy) {
        this.proxy = proxy;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String path = Request.getPathInContext(request);
        Answer answer;
        if ("/livez".equals(path)) answer = Answer.of(200, "ok");
        else if ("/readyz".equals(path)) answer = Answer.of(proxy.isReady() ? 200 : 503, proxy.state());
        else return super.handle(request, response, callback);
        if (!HttpMethod.GET.is(request.getMethod()) && !HttpMethod.HEAD.is(request.getMethod())) {
            response.getHeaders().put(HttpHeader.ALLOW, "GET, HEAD");
            answer = Answer.of(405, "method not allowed");
        }
        answer.write(request, response, callback);
        return true;
    }
}
