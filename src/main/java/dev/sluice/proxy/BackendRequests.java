package dev.sluice.proxy;

import dev.sluice.config.BackendConfig;
import dev.sluice.upstream.Backend;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** Makes of a client's request the one that goes to a backend, ready for the wire. Immutable; safe for use by many threads. */
final class BackendRequests {
    private final RequestHeaders headers;
    private final Affinity affinity;

    BackendRequests(ProxyOptions options, ForwardedFields forwarded, Affinity affinity) {
        this.headers = new RequestHeaders(
                new RequestHeaders.Options(options.preserveHost(), options.hostHeader(), options.viaHost()), forwarded);
        this.affinity = affinity;
    }

    /** For the backend of an attempt. */
    Transport.BackendRequest of(
            Request in, @Nullable RequestBody body, @Nullable Upgrade upgrade, Target target, Attempt attempt) {
        BackendBody view = body == null ? null : body.forAttempt();
        return of(in, view, upgrade, target, attempt.lease().backend(), attempt.fresh());
    }

    /** For any backend, whether it is one of those of the target or not. */
    Transport.BackendRequest of(
            Request in,
            @Nullable BackendBody body,
            @Nullable Upgrade upgrade,
            Target target,
            Backend backend,
            boolean fresh) {
        BackendConfig config = backend.config();
        HttpFields.Mutable complete = headers.forBackend(in, body != null, config, upgrade, target.maxForwards());
        target.handling().request(in, complete, config);
        HttpFields fields = affinity.forBackend(target, complete);
        String raw = RawPath.join(config, target.path(), target.query());
        // Jetty reads the target as UTF-8 and its client writes ISO-8859-1: the bytes are to be the same.
        String bytes = RawPath.isAscii(raw)
                ? raw
                : new String(raw.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        return new Transport.BackendRequest(
                backend,
                upgrade == null ? in.getMethod() : upgrade.method(in.getMethod()),
                bytes,
                fields,
                body,
                upgrade,
                fresh,
                in.getConnectionMetaData().getConnection().getEndPoint());
    }
}
