package dev.sluice.testkit;

import dev.sluice.config.UpstreamConfig;
import dev.sluice.runtime.Sluice;

/** A way to run the proxy. The same suites run over each. */
public interface ProxyVariant {
    /** Inside this process, from a configuration. Can do whatever a {@link ProxySetup} asks for. */
    ProxyVariant EMBEDDED = setup -> new EmbeddedProxy(Sluice.of(setup.config()).start());

    /** As {@link #EMBEDDED}, but with Jetty's HttpClient on the way to all backends. */
    ProxyVariant EMBEDDED_HTTPCLIENT = setup -> EMBEDDED.start(setup.transport(UpstreamConfig.Transport.HTTPCLIENT));

    /** Inside this process, by the builder that embedders use. Routes only. */
    ProxyVariant JAVA_API = setup -> {
        if (!setup.plain()) throw new IllegalArgumentException("setup: " + setup + " (expected: routes only)");
        var builder = Sluice.builder().listen("127.0.0.1:0").listenTls("127.0.0.1:0");
        for (ProxySetup.Route route : setup.routes()) {
            String[] to = route.to().toArray(String[]::new);
            if (route.path() == null) builder.fallback(to);
            else builder.route(route.path(), to);
        }
        return new EmbeddedProxy(builder.build().start());
    };

    /** Starts one that listens when this returns. */
    RunningProxy start(ProxySetup setup) throws Exception;
}
