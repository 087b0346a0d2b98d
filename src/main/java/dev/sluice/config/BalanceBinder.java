package dev.sluice.config;

import dev.sluice.config.BalanceConfig.Hash;
import dev.sluice.config.BalanceConfig.HashOn;
import dev.sluice.config.BalanceConfig.Policy;
import dev.sluice.config.BalanceConfig.SameSite;
import dev.sluice.config.BalanceConfig.Sticky;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The key {@code balance} of a pool: a word, or a mapping. */
final class BalanceBinder {
    private static final String KEY = "balance";
    private static final String FIELD = "a header";
    private static final String COOKIE = "a cookie";
    /** RFC 9110 §5.6.2; the names of cookies are such tokens too. */
    static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}";

    private static final int SHORTEST_SECRET = 16;
    private static final Duration YEAR = Duration.ofDays(365);

    private final Problems problems;
    private final SecretFiles files;
    /** Who has which cookie. */
    private final Map<String, String> cookies = new HashMap<>();

    BalanceBinder(Problems problems, SecretFiles files) {
        this.problems = problems;
        this.files = files;
    }

    /** What a pool says of it, or the defaults where it says nothing, or something that has been reported. */
    BalanceConfig bind(Section pool, String name) {
        Node node = pool.value(KEY);
        if (node == null || Section.isNull(node)) return BalanceConfig.defaults();
        if (node instanceof Node.Scalar word) {
            Policy policy = pool.choice(KEY, Policy.ROUND_ROBIN);
            if (policy != Policy.HASH) return BalanceConfig.of(policy);
            String message = word.describe() + " does not say what of (expected { policy: hash, on: client } or so)";
            problems.add(node.at(), pool.path(KEY), message);
            return BalanceConfig.defaults();
        }
        Section balance = Section.of(node, pool.path(KEY), problems, BalanceKeys.BALANCE);
        if (balance == null) return BalanceConfig.defaults();
        Policy policy = balance.value("policy") == null ? Policy.ROUND_ROBIN : balance.chosen("policy", Policy.class);
        return new BalanceConfig(
                policy == null ? Policy.ROUND_ROBIN : policy,
                // Which keys belong to a policy that is not known, nobody can say.
                policy == null || balance.misspelt("policy") ? null : hash(balance, policy),
                sticky(balance.value("sticky"), balance.path("sticky"), name),
                balance.duration("slowStart", Duration.ZERO),
                balance.percent("panicThreshold", BalanceConfig.PANIC_PERCENT));
    }

    private @Nullable Hash hash(Section balance, Policy policy) {
        if (policy != Policy.HASH) {
            String other = "belongs to policy: hash, not to policy: " + Section.word(policy);
            for (String key : List.of("on", "name", "bound"))
                balance.refuse(key, other + " (expected it there, or not at all)");
            return null;
        }
        if (balance.value("on") == null) balance.missing("on", "header, cookie, client or path");
        HashOn on = balance.chosen("on", HashOn.class);
        int bound = balance.percent("bound", Hash.BOUND_PERCENT);
        if (on == null) return null;
        if (on == HashOn.HEADER || on == HashOn.COOKIE) {
            String what = on == HashOn.HEADER ? FIELD : COOKIE;
            if (balance.value("name") == null) balance.missing("name", "the name of " + what);
            String name = token(balance, "name", what);
            return name == null ? null : new Hash(on, name, bound);
        }
        String message = "belongs to on: header and on: cookie, not to on: " + Section.word(on);
        balance.refuse("name", message + " (expected it there, or not at all)");
        return new Hash(on, "", bound);
    }

    private @Nullable Sticky sticky(@Nullable Node node, String path, String pool) {
        if (node == null) return null;
        Section sticky = Section.of(node, path, problems, BalanceKeys.STICKY);
        if (sticky == null) return null;
        String cookie = sticky.value("cookie") == null ? "sluice-" + pool : token(sticky, "cookie", COOKIE);
        SameSite sameSite = sticky.choice("sameSite", SameSite.LAX);
        Duration maxAge = sticky.value("maxAge") == null ? null : sticky.duration("maxAge", YEAR);
        String secret = secret(sticky);
        if (cookie == null || secret == null) return null;
        String other = cookies.putIfAbsent(cookie, pool);
        if (other == null) return new Sticky(cookie, secret, sameSite, maxAge);
        Node at = sticky.value("cookie");
        String message = Text.quote(cookie) + " is the cookie of pool " + Text.escape(other) + " already";
        String expected = " (expected another name: a browser would keep only one of the two)";
        problems.add(at == null ? sticky.at() : at.at(), sticky.path("cookie"), message + expected);
        return null;
    }

    /** Never repeats it. */
    private @Nullable String secret(Section sticky) {
        Node node = sticky.value("secret");
        if (node == null) sticky.missing("secret", SecretFiles.REFERENCE);
        String secret = files.secret(sticky, "secret", "secret");
        if (node == null || secret == null || secret.length() >= SHORTEST_SECRET) return secret;
        String message = "has " + secret.length() + " characters (expected at least " + SHORTEST_SECRET;
        problems.add(node.at(), sticky.path("secret"), message + ", such as openssl rand -hex 32 makes)");
        return null;
    }

    private @Nullable String token(Section section, String key, String what) {
        Node node = section.value(key);
        String name = section.text(key, "the name of " + what, "one such as X-User");
        if (node == null || name == null) return null;
        if (name.matches(TOKEN)) return name;
        String expected = " (expected letters, digits and !#$%&'*+.^_`|~-, at most 128)";
        problems.add(node.at(), section.path(key), Text.quote(name) + " is not the name of " + what + expected);
        return null;
    }
}
