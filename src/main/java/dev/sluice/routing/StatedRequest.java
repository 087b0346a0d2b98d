package dev.sluice.routing;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that somebody describes, to ask what would become of it.
 *
 * @param headers their values by their names in lower case
 */
public record StatedRequest(
        String method,
        @Nullable String host,
        @Nullable String query,
        Map<String, List<String>> headers,
        @Nullable InetAddress client,
        @Nullable String listener)
        implements RoutedRequest {
    static final StatedRequest NOTHING = new StatedRequest("GET", null, null, Map.of(), null, null);

    @Override
    public List<String> fields(String name) {
        return headers.getOrDefault(name, List.of());
    }
}
