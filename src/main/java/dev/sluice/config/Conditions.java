package dev.sluice.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a request must look like for a route; of each list that is not empty one element has to fit, of {@code headers},
 * {@code query} and {@code cookies} all. Lists are sorted and hold nothing twice, so that equal means: the same requests.
 * Immutable.
 *
 * @param hosts as {@link HostName#parse} returns them; empty for every host, and for a request without one
 * @param path null for every path, and for a request without one
 * @param methods case-sensitive (RFC 9110 §9.1)
 * @param headers by their names in lower case, each once
 * @param query parameters by their names, decoded, each once; of a parameter that comes several times the first counts
 * @param cookies by their names, each once
 * @param clients where the client is, as {@link SluiceConfig#trustedProxies} tell it
 * @param listeners names of those that the request may have come in by
 */
public record Conditions(
        List<String> hosts,
        @Nullable PathCondition path,
        List<String> methods,
        List<ValueCondition> headers,
        List<ValueCondition> query,
        List<ValueCondition> cookies,
        List<Cidr> clients,
        List<String> listeners) {
    /** Those of a route that takes everything. */
    public static final Conditions NONE =
            new Conditions(List.of(), null, List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

    public Conditions {
        hosts = sorted(hosts.stream().map(HostName::parse).toList(), host -> host);
        methods = sorted(methods, method -> method);
        headers = values(headers.stream()
                .map(h -> new ValueCondition(h.name().toLowerCase(Locale.ROOT), h.kind(), h.value()))
                .toList());
        query = values(query);
        cookies = values(cookies);
        clients = sorted(clients, Cidr::toString);
        listeners = sorted(listeners, listener -> listener);
    }

    private static <T> List<T> sorted(Collection<T> values, Function<T, String> text) {
        return values.stream().distinct().sorted(Comparator.comparing(text)).toList();
    }

    private static List<ValueCondition> values(Collection<ValueCondition> conditions) {
        Set<String> names = new HashSet<>();
        for (ValueCondition condition : conditions)
            if (!names.add(condition.name()))
                throw new IllegalArgumentException(
                        Text.quote(condition.name()) + " is given twice (expected: each name once)");
        return sorted(conditions, ValueCondition::name);
    }

    /** A path prefix and nothing else; null for everything. */
    public static Conditions prefix(@Nullable String path) {
        return path == null ? NONE : NONE.withPath(new PathCondition(PathCondition.Kind.PREFIX, path));
    }

    /** Whether there is nothing but a path, or not even that. */
    public boolean isPathAlone() {
        return equals(NONE.withPath(path));
    }

    /** Whether every request of a host that the path fits fits, too. */
    public boolean isPlain() {
        return withHosts(List.of()).isPathAlone();
    }

    /** @param values as {@link HostName#parse} takes them */
    public Conditions withHosts(List<String> values) {
        return new Conditions(values, path, methods, headers, query, cookies, clients, listeners);
    }

    public Conditions withPath(@Nullable PathCondition value) {
        return new Conditions(hosts, value, methods, headers, query, cookies, clients, listeners);
    }

    public Conditions withMethods(List<String> values) {
        return new Conditions(hosts, path, values, headers, query, cookies, clients, listeners);
    }

    public Conditions withHeaders(List<ValueCondition> values) {
        return new Conditions(hosts, path, methods, values, query, cookies, clients, listeners);
    }

    public Conditions withQuery(List<ValueCondition> values) {
        return new Conditions(hosts, path, methods, headers, values, cookies, clients, listeners);
    }

    public Conditions withCookies(List<ValueCondition> values) {
        return new Conditions(hosts, path, methods, headers, query, values, clients, listeners);
    }

    public Conditions withClients(List<Cidr> values) {
        return new Conditions(hosts, path, methods, headers, query, cookies, values, listeners);
    }

    public Conditions withListeners(List<String> values) {
        return new Conditions(hosts, path, methods, headers, query, cookies, clients, values);
    }

    /** What a route is called that has no name of its own: by host and path, {@code default} where it has neither. */
    String name() {
        String where = path == null ? "" : path.text();
        if (hosts.isEmpty()) return where.isEmpty() || where.equals("/") ? "default" : where;
        String more = hosts.size() == 1 ? "" : ",+" + (hosts.size() - 1);
        // The slash keeps it apart from the names of pools.
        return hosts.get(0) + more + (where.startsWith("/") ? where : "/" + where);
    }

    /** As in the file, in one line; {@code everything else} where there are none. */
    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        add(parts, "host", hosts);
        if (path != null) parts.add(path.toString());
        add(parts, "methods", methods);
        add(parts, "headers", headers);
        add(parts, "query", query);
        add(parts, "cookies", cookies);
        add(parts, "clients", clients);
        add(parts, "listeners", listeners);
        return parts.isEmpty() ? "everything else" : String.join(", ", parts);
    }

    private static void add(List<String> parts, String key, List<?> values) {
        if (values.isEmpty()) return;
        parts.add(key + " " + (values.size() == 1 ? values.get(0).toString() : values.toString()));
    }
}
