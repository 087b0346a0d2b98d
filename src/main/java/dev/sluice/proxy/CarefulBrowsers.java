package dev.sluice.proxy;

import dev.sluice.config.SecurityHeadersConfig;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/** Fields that make browsers careful; what the backend says itself stays. Immutable. */
final class CarefulBrowsers {
    private final List<HttpField> always = new ArrayList<>();
    private final @Nullable HttpField overTls;

    CarefulBrowsers(SecurityHeadersConfig config) {
        if (config.contentTypeOptions()) always.add(new HttpField("X-Content-Type-Options", "nosniff"));
        if (config.frameOptions() != null) always.add(new HttpField("X-Frame-Options", config.frameOptions()));
        if (config.referrerPolicy() != null) always.add(new HttpField("Referrer-Policy", config.referrerPolicy()));
        if (config.hsts() == null) {
            overTls = null;
            return;
        }
        String value = "max-age=" + config.hsts().toSeconds()
                + (config.includeSubDomains() ? "; includeSubDomains" : "") + (config.preload() ? "; preload" : "");
        overTls = new HttpField(HttpHeader.STRICT_TRANSPORT_SECURITY, value);
    }

    /** @param tls whether the client came by TLS: over anything else nobody may believe it (RFC 6797 §7.2) */
    void apply(HttpFields.Mutable to, boolean tls) {
        for (HttpField field : always) if (!to.contains(field.getName())) to.add(field);
        if (tls && overTls != null && !to.contains(HttpHeader.STRICT_TRANSPORT_SECURITY)) to.add(overTls);
    }
}
