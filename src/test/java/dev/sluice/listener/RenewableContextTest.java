package dev.sluice.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyStore;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.util.resource.Resource;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.ssl.X509;
import org.junit.jupiter.api.Test;

/** What handshakes meet that are under way while a certificate is renewed. */
class RenewableContextTest {
    private static final String PASSWORD = "renewed";

    private final List<X509> seen = new ArrayList<>();

    /** Looks, when it is loaded once more, at what a handshake of that moment would get. */
    private final SslContextFactory.Server context = new RenewableContext() {
        @Override
        protected KeyStore loadTrustStore(Resource resource) throws Exception {
            if (isStarted()) seen.add(getX509("one"));
            return super.loadTrustStore(resource);
        }
    };

    private static KeyStore store(String alias) throws Exception {
        KeyStore made = new SelfSigned(Clock.systemUTC()).make().toKeyStore(PASSWORD.toCharArray());
        KeyStore named = KeyStore.getInstance("PKCS12");
        named.load(null, null);
        String own = made.aliases().nextElement();
        named.setKeyEntry(
                alias, made.getKey(own, PASSWORD.toCharArray()), PASSWORD.toCharArray(), made.getCertificateChain(own));
        return named;
    }

    @Test
    void certificateOfAHandshakeIsThereWhileTheNextOneIsLoadedAndThereafter() throws Exception {
        context.setKeyStore(store("one"));
        context.setKeyStorePassword(PASSWORD);
        context.setIncludeProtocols("TLSv1.3");
        context.start();
        try {
            X509 first = context.getX509("one");
            KeyStore next = store("two");
            context.reload(same -> same.setKeyStore(next));
            assertThat(first).isNotNull();
            assertThat(seen).containsExactly(first);
            assertThat(context.getX509("one")).isSameAs(first);
            assertThat(context.getX509("two")).isNotNull().isNotSameAs(first);
            SSLEngine engine = context.newSSLEngine("localhost", 443);
            assertThat(engine.getEnabledProtocols()).containsExactly("TLSv1.3");
        } finally {
            context.stop();
        }
    }
}
