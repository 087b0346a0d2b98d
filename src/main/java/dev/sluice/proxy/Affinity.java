package dev.sluice.proxy;

import dev.sluice.config.BalanceConfig;
import dev.sluice.routing.CookiePairs;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.Trial;
import dev.sluice.upstream.balance.KeyHash;
import dev.sluice.upstream.balance.StickyCookie;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * What binds requests to one of the backends of their pool: something in them that is hashed, or a cookie of this proxy's own.
 * That cookie is between client and proxy: backends do not see it. Immutable.
 */
final class Affinity {
    /** Cookies of that name in one request that are looked at: to check a code takes its time. */
    private static final int MOST_COOKIES = 4;

    private static final HttpField PRIVATE = new HttpField(HttpHeader.CACHE_CONTROL, "private");

    private final ForwardedClient clients;
    private final Map<Pool, StickyCookie> cookies = new HashMap<>();

    Affinity(List<Pool> pools, ForwardedFields forwarded) {
        clients = new ForwardedClient(forwarded);
        for (Pool pool : pools) {
            BalanceConfig.Sticky sticky = pool.config().balance().sticky();
            if (sticky != null) cookies.put(pool, new StickyCookie(sticky));
        }
    }

    /** Says which backend a request belongs to, where it does. */
    void bind(Trial trial, Target target, Request in) {
        BalanceConfig.Hash hash = target.pool().config().balance().hash();
        if (hash != null) bind(trial, hash, target, in);
        StickyCookie cookie = cookie(target);
        String id = cookie == null ? null : idIn(in, cookie);
        if (id != null) trial.bind(id);
    }

    private void bind(Trial trial, BalanceConfig.Hash hash, Target target, Request in) {
        switch (hash.on()) {
            case PATH -> trial.hash(KeyHash.of(target.path()));
            case CLIENT -> {
                InetAddress client = clients.address(in);
                if (client != null) trial.hash(KeyHash.of(client.getAddress()));
            }
            case HEADER -> bindToField(trial, hash.name(), in);
            case COOKIE -> bindToCookie(trial, hash.name(), in);
        }
    }

    /** To all of its values, in their order; one without any says nothing. */
    private static void bindToField(Trial trial, String name, Request in) {
        long hash = 0;
        boolean said = false;
        for (HttpField field : in.getHeaders()) {
            String value = field.is(name) ? field.getValue() : null;
            if (value == null || value.isEmpty()) continue;
            hash = said ? KeyHash.of(hash, KeyHash.of(value)) : KeyHash.of(value);
            said = true;
        }
        if (said) trial.hash(hash);
    }

    private static void bindToCookie(Trial trial, String name, Request in) {
        for (HttpField field : in.getHeaders()) {
            if (field.getHeader() != HttpHeader.COOKIE) continue;
            CookiePairs pairs = new CookiePairs(field.getValue(), name);
            while (pairs.next()) {
                if (pairs.from() == pairs.to()) continue;
                trial.hash(KeyHash.of(field.getValue(), pairs.from(), pairs.to()));
                return;
            }
        }
    }

    /** The same fields without what is not for the backend. */
    HttpFields forBackend(Target target, HttpFields headers) {
        StickyCookie cookie = cookie(target);
        if (cookie == null || !headers.contains(HttpHeader.COOKIE)) return headers;
        HttpFields.Mutable to = HttpFields.build(headers.size());
        for (HttpField field : headers) {
            String value = field.getHeader() == HttpHeader.COOKIE ? field.getValue() : null;
            String rest = value == null ? null : CookiePairs.without(value, cookie.name());
            if (rest == null || rest.equals(value)) to.add(field);
            else if (!rest.isEmpty()) to.add(new HttpField(HttpHeader.COOKIE, rest));
        }
        return to;
    }

    /**
     * The same fields, with a cookie when the client has none for the backend that answers. Whoever stores such an answer for
     * others would bind them to that backend as well, so none may.
     */
    HttpFields forClient(Target target, Request in, @Nullable Attempt answers, HttpFields headers) {
        StickyCookie cookie = answers == null ? null : cookie(target);
        if (cookie == null || answers == null) return headers;
        String id = answers.lease().backend().id();
        if (id.equals(idIn(in, cookie))) return headers;
        HttpFields.Mutable to = HttpFields.build(headers);
        to.add(new HttpField(HttpHeader.SET_COOKIE, cookie.set(id, clients.cameByTls(in))));
        // What nobody may store, those who share may not either. The strictest directive counts (RFC 9111 §4.2.1).
        boolean kept = headers.contains(HttpHeader.CACHE_CONTROL, "no-store")
                || headers.contains(HttpHeader.CACHE_CONTROL, "private");
        if (!kept) to.add(PRIVATE);
        return to;
    }

    private @Nullable StickyCookie cookie(Target target) {
        return cookies.isEmpty() ? null : cookies.get(target.pool());
    }

    private static @Nullable String idIn(Request in, StickyCookie cookie) {
        int looks = 0;
        for (HttpField field : in.getHeaders()) {
            if (field.getHeader() != HttpHeader.COOKIE) continue;
            CookiePairs pairs = new CookiePairs(field.getValue(), cookie.name());
            while (pairs.next() && looks++ < MOST_COOKIES) {
                String id = cookie.id(pairs.value());
                if (id != null) return id;
            }
        }
        return null;
    }
}
