package dev.sluice.admin;

import dev.sluice.config.Cidr;
import java.net.InetAddress;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators ask and tell, at the loopback address alone. A page that a browser on this machine has open can send
 * requests here too: those are known by their {@code Origin}, or by the name in {@code Host} that leads here by a trick, and
 * are refused.
 */
final class ControlHandler extends Handler.Abstract {
    private static final Logger LOG = LoggerFactory.getLogger("admin");

    private final Connector own;
    private final Map<String, Map<String, Supplier<Answer>>> calls;

    /** @param own the connector at whose address operators ask */
    ControlHandler(Control proxy, Connector own) {
        this.own = own;
        this.calls = Map.of(
                "/drain",
                        Map.of(
                                "GET",
                                () -> new Answer(200, proxy.progress()),
                                "POST",
                                () -> done(proxy.drain(), 202, "stopping", "is stopping already")),
                "/drain/announce",
                        Map.of(
                                "POST",
                                () -> done(proxy.announce(), 200, "announced", "had been announced before"),
                                "DELETE",
                                () -> done(
                                        proxy.cancelAnnouncement(),
                                        200,
                                        "cancelled",
                                        "nothing is announced, or the stop has begun")),
                "/drain/cut", Map.of("POST", () -> done(proxy.cut(), 202, "cutting", "there is no drain to be cut")),
                "/drain/plan", Map.of("GET", () -> new Answer(200, proxy.plan())),
                "/reload",
                        Map.of(
                                "GET", () -> unlessRefused(proxy::planReload),
                                "POST", () -> unlessRefused(proxy::reload)));
    }

    private interface Call {
        Control.Report make() throws Control.RefusedException;
    }

    private static Answer unlessRefused(Call call) {
        try {
            return new Answer(200, call.make());
        } catch (Control.RefusedException e) {
            return Answer.refused(String.valueOf(e.getMessage()));
        }
    }

    private static Answer done(boolean done, int status, String word, String otherwise) {
        return done ? Answer.of(status, word) : Answer.of(409, otherwise);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        // A reload may take longer than an idle connection is kept.
        request.addIdleTimeoutListener(timeout -> false);
        answer(request, response).write(request, response, callback);
        return true;
    }

    private Answer answer(Request request, Response response) {
        Map<String, Supplier<Answer>> methods = request.getConnectionMetaData().getConnector() == own
                ? calls.get(Request.getPathInContext(request))
                : null;
        if (methods == null) return Answer.of(404, "not found");
        if (isSentByPage(request))
            return Answer.of(403, "not for pages in a browser, and only by an address or localhost");
        String method = request.getMethod().equals("HEAD") ? "GET" : request.getMethod();
        Supplier<Answer> call = methods.get(method);
        if (call == null) {
            response.getHeaders().put(HttpHeader.ALLOW, String.join(", ", new TreeMap<>(methods).keySet()));
            return Answer.of(405, "method not allowed");
        }
        Answer answer = call.get();
        if (!method.equals("GET"))
            LOG.info(
                    "{} {}: {}",
                    method,
                    request.getHttpURI().getPath(),
                    answer.body().text().trim());
        return answer;
    }

    private static boolean isSentByPage(Request request) {
        if (request.getHeaders().contains(HttpHeader.ORIGIN)) return true;
        String host = Request.getServerName(request);
        if (host == null || host.equalsIgnoreCase("localhost")) return false;
        InetAddress address = Cidr.address(host.replaceAll("^\\[|]$", ""));
        return address == null;
    }
}
