package dev.sluice.importing;

import dev.sluice.config.Cidr;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Matchers as conditions of routes. For one site, one thread. */
final class CaddyMatchers {
    private static final List<String> PRIVATE =
            List.of("192.168.0.0/16", "172.16.0.0/12", "10.0.0.0/8", "127.0.0.0/8", "fd00::/8", "::1");

    private final Leftovers left;
    private final Map<String, Directive> named = new HashMap<>();

    CaddyMatchers(Leftovers left) {
        this.left = left;
    }

    void declare(Directive matcher) {
        named.put(matcher.name(), matcher);
    }

    /** Whether a directive's first argument is a matcher. */
    static boolean isMatcher(String arg) {
        return arg.startsWith("@") || arg.startsWith("/") || arg.equals("*");
    }

    /** What is in a named matcher: its block, or what stands behind the name. */
    List<Directive> parts(String name) throws NotCarried {
        Directive matcher = named.get(name);
        if (matcher == null) throw new NotCarried("there is no matcher " + name);
        if (matcher.block() != null) return matcher.children();
        if (matcher.args().isEmpty()) throw new NotCarried("the matcher " + name + " is empty");
        List<String> args = matcher.args();
        return List.of(new Directive(args.get(0), args.subList(1, args.size()), null, matcher.file(), matcher.line()));
    }

    /** What is in the one {@code not} of a matcher; null when there is none, or more. */
    @Nullable
    Directive negated(String matcher) throws NotCarried {
        if (!matcher.startsWith("@")) return null;
        List<Directive> nots =
                parts(matcher).stream().filter(one -> one.name().equals("not")).toList();
        if (nots.size() != 1) return null;
        Directive not = nots.get(0);
        if (not.args().size() > 1)
            return new Directive(not.arg(0), not.args().subList(1, not.args().size()), null, not.file(), not.line());
        return not.children().size() == 1 ? not.children().get(0) : null;
    }

    /** Whether a matcher says more than {@code not}. */
    boolean isMore(String matcher) throws NotCarried {
        return parts(matcher).size() > 1;
    }

    /** The routes that a matcher comes to but for what it negates. */
    List<DraftRoute> positive(Directive from, CaddyScope scope) throws NotCarried {
        List<Directive> rest = parts(from.arg(0)).stream()
                .filter(one -> !one.name().equals("not"))
                .toList();
        return apply(rest, from, scope.route, scope);
    }

    /**
     * The routes that a matcher comes to, as narrow as the one that it stands in: several, where it has several paths, and
     * none, where nothing can fit.
     */
    List<DraftRoute> apply(Directive from, String matcher, DraftRoute base, CaddyScope scope) throws NotCarried {
        if (matcher.startsWith("@")) return apply(parts(matcher), from, base, scope);
        return route(from, base.copy(), List.of(matcher), scope);
    }

    List<DraftRoute> apply(List<Directive> parts, Directive from, DraftRoute base, CaddyScope scope) throws NotCarried {
        List<String> paths = new ArrayList<>();
        DraftRoute route = base.copy();
        for (Directive part : parts) condition(part, route, paths);
        return route(from, route, paths, scope);
    }

    private List<DraftRoute> route(Directive from, DraftRoute route, List<String> paths, CaddyScope scope)
            throws NotCarried {
        if (paths.isEmpty()) return List.of(route);
        if (scope.blind()) throw new NotCarried("routes look at paths as clients sent them");
        List<DraftRoute> routes = new ArrayList<>();
        for (String path : paths) {
            DraftRoute one = new CaddyPath(left, from, scope.stripped).narrow(route, path);
            if (one != null) routes.add(one);
        }
        return routes;
    }

    private void condition(Directive part, DraftRoute route, List<String> paths) throws NotCarried {
        switch (part.name()) {
            case "path" -> paths.addAll(part.args());
            case "path_regexp" -> {
                if (route.get("pathPattern") != null || !paths.isEmpty() || route.get("path") != null)
                    throw new NotCarried("a route looks for one path");
                String whole = Regexes.whole(part.arg(part.args().size() - 1), false);
                route.path("pathPattern", whole);
            }
            case "host" -> list(route, "host", plain(part.args()));
            case "method" -> list(route, "methods", part.args());
            case "header" -> header(part, route);
            case "header_regexp" -> {
                int last = part.args().size() - 1;
                if (last < 1) throw new NotCarried("a field and an expression are missing");
                put(route, "headers", part.arg(last - 1), Map.of("pattern", Regexes.whole(part.arg(last), false)));
            }
            case "query" -> query(part, route);
            case "remote_ip", "client_ip" -> list(route, "clients", clients(part.args()));
            default -> throw new NotCarried("routes have nothing like the matcher " + part.name());
        }
    }

    /** Within a route that is for some already. */
    private static void list(DraftRoute route, String key, List<String> values) throws NotCarried {
        List<String> before = route.list(key);
        List<String> both = before.isEmpty()
                ? values
                : values.stream().filter(before::contains).toList();
        if (both.isEmpty()) throw new NotCarried("two matchers say something of " + key);
        if (key.equals("methods") && !both.stream().allMatch(method -> method.matches("[A-Z]{1,20}")))
            throw new NotCarried("methods are written out, in upper case");
        if (key.equals("clients") && !both.stream().allMatch(CaddyMatchers::isBlock))
            throw new NotCarried("clients are addresses, and blocks such as 10.0.0.0/8");
        route.set(key, both);
    }

    private static boolean isBlock(String text) {
        try {
            Cidr.parse(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static List<String> plain(List<String> texts) throws NotCarried {
        List<String> plain = new ArrayList<>();
        for (String text : texts) plain.add(CaddyText.plain(text));
        return plain;
    }

    /** {@code private_ranges} is short for some. */
    static List<String> clients(List<String> args) {
        List<String> clients = new ArrayList<>();
        for (String arg : args) {
            if (arg.equals("private_ranges")) clients.addAll(PRIVATE);
            else if (!arg.equals("forwarded")) clients.add(arg);
        }
        return clients;
    }

    private static void put(DraftRoute route, String key, String name, Object value) throws NotCarried {
        Map<String, Object> values = new LinkedHashMap<>();
        if (route.get(key) instanceof Map<?, ?> before) before.forEach((k, v) -> values.put(String.valueOf(k), v));
        if (values.put(name, value) != null) throw new NotCarried("one value, or one expression, for each name");
        route.set(key, values);
    }

    private static void header(Directive part, DraftRoute route) throws NotCarried {
        String name = part.arg(0);
        if (name.startsWith("!")) {
            put(route, "headers", name.substring(1), Map.of("present", false));
            return;
        }
        String value = CaddyText.plain(part.arg(1));
        if (value.isEmpty() || value.equals("*")) put(route, "headers", name, Map.of("present", true));
        else if (value.startsWith("*") || value.endsWith("*"))
            put(route, "headers", name, Map.of("pattern", Regexes.glob(value)));
        else put(route, "headers", name, value);
    }

    private static void query(Directive part, DraftRoute route) throws NotCarried {
        for (String arg : part.args()) {
            int equals = arg.indexOf('=');
            String name = equals < 0 ? arg : arg.substring(0, equals);
            String value = equals < 0 ? "*" : CaddyText.plain(arg.substring(equals + 1));
            if (name.isEmpty()) throw new NotCarried("a parameter has a name");
            put(route, "query", name, value.equals("*") ? Map.of("present", true) : value);
        }
    }
}
