package dev.sluice.config;

import dev.sluice.config.ActionConfig.Redirect;
import dev.sluice.config.ActionConfig.Respond;
import dev.sluice.config.ActionConfig.Share;
import dev.sluice.config.ActionConfig.Split;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a route says that goes to no single pool: {@code split}, {@code redirect} and {@code respond}. */
final class ActionBinder {
    /** One of them, and only one. */
    static final List<String> KEYS = List.of("to", "pool", "split", "redirect", "respond");

    private static final List<Integer> REDIRECTS = List.of(301, 302, 303, 307, 308);

    /** In characters; what is longer is a backend's. */
    private static final int LONGEST_BODY = 65_536;

    private static final String TARGET = "where to, such as https://www.example.com{uri}";

    private final Problems problems;
    private final PoolBinder pools;
    private final ValuesBinder values;

    ActionBinder(Problems problems, PoolBinder pools) {
        this.problems = problems;
        this.pools = pools;
        this.values = new ValuesBinder(problems);
    }

    /** Null when something is wrong with it, which has been reported. */
    @Nullable
    Split split(Section route) {
        Node node = route.value("split");
        String path = route.path("split");
        String example = "items such as - { pool: stable, weight: 90 }";
        if (!(node instanceof Node.Sequence list)) {
            if (node != null) problems.unexpected(node, path, "a list", example);
            pools.unresolved();
            return null;
        }
        int before = problems.count();
        List<Share> shares = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < list.items().size(); i++) {
            Share share = share(list.items().get(i), path + "[" + i + "]");
            if (share == null) continue;
            shares.add(share);
            if (!names.add(share.pool().name()))
                problems.add(
                        list.items().get(i).at(),
                        path + "[" + i + "].pool",
                        Text.quote(share.pool().name()) + " is given twice (expected each pool once)");
        }
        if (list.items().isEmpty()) problems.add(node.at(), path, "there is none (expected " + example + ")");
        else if (problems.count() == before && shares.stream().allMatch(share -> share.weight() == 0))
            problems.add(node.at(), path, "no pool has a weight (expected one at least above 0)");
        return problems.count() > before ? null : new Split(shares);
    }

    private @Nullable Share share(Node node, String path) {
        Section section = Section.of(node, path, problems, ActionKeys.SHARE);
        if (section == null) {
            pools.unresolved();
            return null;
        }
        if (section.value("pool") == null) {
            pools.unresolved();
            section.missing("pool", "one of those in pools");
        }
        PoolConfig pool = section.value("pool") == null ? null : pools.use(section);
        int weight = section.number("weight", 1);
        List<ValueCondition> headers = values.bind(section, "headers", ConditionsBinder::header);
        List<ValueCondition> cookies = values.bind(section, "cookies", ConditionsBinder::cookie);
        return pool == null ? null : new Share(pool, weight, headers, cookies);
    }

    /** Null when something is wrong with it, which has been reported. */
    @Nullable
    Redirect redirect(Section route) {
        Node node = route.value("redirect");
        Section section = node instanceof Node.Mapping
                ? Section.of(node, route.path("redirect"), problems, ActionKeys.REDIRECT)
                : null;
        int before = problems.count();
        int status = 308;
        if (section != null && node != null) {
            status = section.number("status", 308);
            if (problems.count() == before && !REDIRECTS.contains(status))
                problems.add(
                        node.at(),
                        section.path("status"),
                        status + " is no redirect (expected 301, 302, 303, 307 or 308)");
            if (section.value("to") == null) section.missing("to", TARGET);
        }
        Template to = section == null
                ? route.parsed("redirect", "a target", TARGET, ActionBinder::target)
                : section.parsed("to", "a target", TARGET, ActionBinder::target);
        return to == null || problems.count() > before ? null : new Redirect(to, status);
    }

    private static Template target(String text) {
        if (!text.matches("(?i)(https?://|/|\\{).*"))
            throw new IllegalArgumentException(
                    Text.quote(text) + " leads nowhere (expected " + TARGET + ", or a path)");
        if (text.startsWith("//"))
            throw new IllegalArgumentException(
                    Text.quote(text) + " is another host to browsers (expected a scheme before it, or one slash)");
        return FieldEditsBinder.value(text);
    }

    /** Null when something is wrong with it, which has been reported. */
    @Nullable
    Respond respond(Section route) {
        Node node = route.value("respond");
        int before = problems.count();
        if (!(node instanceof Node.Mapping)) {
            int status = route.number("respond", 200);
            return problems.count() > before
                    ? null
                    : new Respond(status, Template.literal(""), "text/plain;charset=utf-8");
        }
        Section section = Section.of(node, route.path("respond"), problems, ActionKeys.RESPOND);
        if (section == null) return null;
        int status = section.number("status", 200);
        Template body = section.parsed("body", "a text", "what the answer says", ActionBinder::body);
        String type = section.parsed("type", "a media type", "one such as application/json", ActionBinder::type);
        boolean bodiless = status == 204 || status == 205 || status == 304;
        if (body != null && !body.parts().isEmpty() && bodiless)
            section.refuse("body", "goes with no " + status + ", which has none (expected one of the two)");
        if (problems.count() > before) return null;
        return new Respond(
                status, body == null ? Template.literal("") : body, type == null ? "text/plain;charset=utf-8" : type);
    }

    private static Template body(String text) {
        if (text.length() > LONGEST_BODY)
            throw new IllegalArgumentException(
                    "is " + text.length() + " characters long (expected at most " + LONGEST_BODY + ")");
        return Template.parse(text);
    }

    private static String type(String text) {
        if (text.matches("[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+( *;[ -~]*)?")) return text;
        throw new IllegalArgumentException(
                Text.quote(text) + " is no media type (expected one such as application/json)");
    }
}
