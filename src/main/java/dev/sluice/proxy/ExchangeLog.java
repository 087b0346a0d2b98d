package dev.sluice.proxy;

import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the log says of exchanges that did not go as they should. */
final class ExchangeLog {
    private static final Logger LOG = LoggerFactory.getLogger(ReverseProxy.class);

    private ExchangeLog() {}

    /** @param id under which the log has it */
    static void failed(Request in, String id, Target target, @Nullable Attempt attempt, ProxyFailure why) {
        LOG.warn(
                "exchange {}: {} {} by route {} to {}: {} ({}), answered {}",
                id,
                in.getMethod(),
                in.getHttpURI().getPath(),
                target.route(),
                backend(attempt),
                why.kind(),
                why.reason(),
                why.kind().status());
    }

    static void retrying(Request in, Target target, Attempt attempt, String why) {
        LOG.debug(
                "{} {} by route {} to {}: {}, tried again",
                in.getMethod(),
                in.getHttpURI().getPath(),
                target.route(),
                backend(attempt),
                why);
    }

    static void cutShort(Request in, Target target, @Nullable Attempt attempt, ProxyFailure why) {
        boolean client = why.kind().source() == ProxyFailure.Source.CLIENT;
        String line = "{} {} by route {} to {}: answer cut short, {} ({})";
        Object[] facts = {
            in.getMethod(), in.getHttpURI().getPath(), target.route(), backend(attempt), why.kind(), why.reason()
        };
        // Clients leave all day long; a backend that breaks off is worth a look.
        if (client) LOG.debug(line, facts);
        else LOG.warn(line, facts);
    }

    private static String backend(@Nullable Attempt attempt) {
        return attempt == null ? "no backend" : attempt.lease().backend().origin();
    }
}
