package dev.sluice.routing;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What routes may ask of a request, apart from its path. Each question is asked only when a route that the path fits
 * depends on it, by the thread that asks for the route, and may be asked again.
 */
public interface RoutedRequest {
    /** As the client wrote it, with or without port; empty, or null, when it named none. */
    @Nullable
    String host();

    String method();

    /** Raw, without the question mark; null when there is none. */
    @Nullable
    String query();

    /** The values of all header fields of a name, in their order; empty when there is none. Names are in lower case. */
    List<String> fields(String name);

    /** Where the client is; null when nobody can say. */
    @Nullable
    InetAddress client();

    /** The name of the listener; null when nobody can say. */
    @Nullable
    String listener();
}
