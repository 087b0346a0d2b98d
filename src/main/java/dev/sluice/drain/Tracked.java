package dev.sluice.drain;

import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.NanoTime;

/** One exchange that the server is busy with. */
final class Tracked {
    /** Under this attribute an exchange describes itself, in words that cross class loaders. */
    private static final String EXCHANGE_ATTRIBUTE = "dev.sluice.exchange";

    private final Request request;
    private final boolean whileDraining;

    Tracked(Request request, boolean whileDraining) {
        this.request = request;
        this.whileDraining = whileDraining;
    }

    /** Whether its request came after the drain had begun. */
    boolean whileDraining() {
        return whileDraining;
    }

    Connector connector() {
        return request.getConnectionMetaData().getConnector();
    }

    /** The socket's end, below TLS. */
    EndPoint endPoint() {
        EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
        while (endPoint instanceof EndPoint.Wrapper wrapper) endPoint = wrapper.unwrap();
        return endPoint;
    }

    /** For the ledger: client, method, path, route, backend, phase, age and bytes. */
    String describe() {
        Map<?, ?> facts = request.getAttribute(EXCHANGE_ATTRIBUTE) instanceof Supplier<?> exchange
                        && exchange.get() instanceof Map<?, ?> map
                ? map
                : Map.of();
        Duration age = Duration.ofNanos(NanoTime.since(request.getBeginNanoTime()));
        return "client " + Request.getRemoteAddr(request) + ":" + Request.getRemotePort(request)
                + ", " + request.getMethod() + " " + request.getHttpURI().getPath()
                + ", route " + fact(facts, "route", "none")
                + ", backend " + fact(facts, "backend", "none")
                + ", " + fact(facts, "phase", "being handled")
                + ", age " + age.toMillis() + " ms"
                + ", received " + fact(facts, "received", "0") + " bytes"
                + ", sent " + fact(facts, "sent", "0") + " bytes";
    }

    private static String fact(Map<?, ?> facts, String name, String otherwise) {
        Object value = facts.get(name);
        return value == null || value.toString().isEmpty() ? otherwise : value.toString();
    }
}
