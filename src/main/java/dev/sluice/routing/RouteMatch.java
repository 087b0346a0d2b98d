package dev.sluice.routing;

/** What a {@link RouteTable} says of a path. Immutable. */
public sealed interface RouteMatch {
    /**
     * Every server that could receive this path would read it as one of this route's.
     *
     * @param route serves the request
     */
    record Found(Route route) implements RouteMatch {}

    /** No route serves this path: 404 (RFC 9110 §15.5.5). */
    record None() implements RouteMatch {}

    /**
     * The path is malformed, leaves the root or means different routes to different servers: 400 (RFC 9110 §15.5.1).
     *
     * @param reason short, for the log; holds nothing that the client sent, but may name routes
     */
    record Refused(String reason) implements RouteMatch {}
}
