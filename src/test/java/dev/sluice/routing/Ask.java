package dev.sluice.routing;

import dev.sluice.config.Cidr;
import dev.sluice.config.Conditions;
import dev.sluice.config.PathCondition;
import dev.sluice.config.PathCondition.Kind;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.ValueCondition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tables and requests, in few words. */
final class Ask {
    private Ask() {}

    static RouteConfig route(String name, Conditions conditions) {
        return new RouteConfig(name, (String) null, List.of()).withConditions(conditions);
    }

    static RouteTable table(RouteConfig... routes) {
        return RouteTable.of(List.of(routes));
    }

    static Conditions any() {
        return Conditions.NONE;
    }

    static Conditions host(String... hosts) {
        return any().withHosts(List.of(hosts));
    }

    static PathCondition exact(String path) {
        return new PathCondition(Kind.EXACT, path);
    }

    static PathCondition prefix(String path) {
        return new PathCondition(Kind.PREFIX, path);
    }

    static PathCondition pattern(String expression) {
        return new PathCondition(Kind.PATTERN, expression);
    }

    static List<ValueCondition> is(String... namesAndValues) {
        List<ValueCondition> conditions = new ArrayList<>();
        for (int i = 0; i < namesAndValues.length; i += 2)
            conditions.add(ValueCondition.of(namesAndValues[i], namesAndValues[i + 1]));
        return conditions;
    }

    /** The name of the route that gets a GET, {@code none} or {@code refused}. */
    static String get(RouteTable table, String host, String path) {
        return outcome(table, path, request("GET", host, null));
    }

    static String outcome(RouteTable table, String path, StatedRequest request) {
        return RouteTableTest.outcome(table.match(path, request, r -> r));
    }

    static StatedRequest request(String method, @Nullable String host, @Nullable String query, String... fields) {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (String field : fields) {
            int colon = field.indexOf(':');
            headers.computeIfAbsent(field.substring(0, colon).toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                    .add(field.substring(colon + 1).strip());
        }
        return new StatedRequest(method, host, query, headers, null, null);
    }

    static StatedRequest from(StatedRequest request, @Nullable String client, @Nullable String listener) {
        return new StatedRequest(
                request.method(),
                request.host(),
                request.query(),
                request.headers(),
                client == null ? null : Cidr.address(client),
                listener);
    }
}
