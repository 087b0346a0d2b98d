package dev.sluice.importing;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What is known of Caddy's directives beside what each of those comes to that are carried over. */
final class CaddyWords {
    /** Whatever the order in the file. What is not in here stands where {@code reverse_proxy} does. */
    private static final List<String> ORDER = List.of(words("""
            tracing map vars root log bind tls header request_body redir rewrite uri try_files basicauth basic_auth
            forward_auth request_header encode push templates handle route abort error respond metrics reverse_proxy
            php_fastcgi file_server acme_server
            """));

    /** Who may come in is decided by these, in ways that Sluice has not. */
    private static final Set<String> GUARDS = Set.of(words("""
            basicauth basic_auth forward_auth authenticate authorize authorise authp jwtauth jwt crowdsec appsec
            ip_filter geofilter geo_filter maxmind_geolocation waf coraza_waf
            """));

    private static final Set<String> SILENT = Set.of(words("bind tls root vars"));

    private static final Map<String, String> ADVICE = Map.of(
            "log", "Sluice writes no access log",
            "templates", "bodies pass as they are",
            "try_files", "Sluice serves no files",
            "metrics", "metrics are on the admin listener",
            "map", "Sluice has no variables; routes look at headers, query, cookies and clients",
            "push", "there is no push any more",
            "rate_limit", "Sluice limits no rates; a pool's limits bound what is under way at once");

    private CaddyWords() {}

    static int order(Directive one) {
        // These two are one kind, of which the first that fits is taken.
        String name = one.name().equals("handle_path") ? "handle" : one.name();
        int index = ORDER.indexOf(name);
        if (index >= 0) return index;
        return isGuard(one) ? ORDER.indexOf("basicauth") : ORDER.indexOf("reverse_proxy");
    }

    static boolean isGuard(Directive one) {
        return GUARDS.contains(one.name());
    }

    static boolean isSilent(String name) {
        return SILENT.contains(name);
    }

    static String advice(String name) {
        return ADVICE.getOrDefault(
                name, name.contains("cache") ? "Sluice does not cache" : "Sluice has nothing like it");
    }

    /** Whether it keeps people out, itself or by what is in it. */
    static boolean closes(Directive one) {
        boolean refuses = (one.name().equals("respond") || one.name().equals("error"))
                && one.args().stream().anyMatch(arg -> arg.matches("[45]\\d\\d"));
        return refuses
                || one.name().equals("error")
                || one.name().equals("abort")
                || isGuard(one)
                || one.children().stream().anyMatch(CaddyWords::closes);
    }

    private static String[] words(String text) {
        return Arrays.stream(text.strip().split("\\s+"))
                .collect(Collectors.toList())
                .toArray(String[]::new);
    }
}
