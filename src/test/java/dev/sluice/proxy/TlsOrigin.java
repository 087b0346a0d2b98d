package dev.sluice.proxy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** A backend with TLS, whose certificate is for {@code localhost} and {@link #NAME}; it answers with the protocol and the authority. */
final class TlsOrigin implements AutoCloseable {
    /** One with a dot in it, without which Java names none in the handshake. */
    static final String NAME = "well.test";

    private static final String PASSWORD = "password";

    private final KeyStore keys;
    private final Server server = new Server();
    private final SslContextFactory.Server tls = new SslContextFactory.Server();
    private final ServerConnector connector;
    private final List<String> names = new CopyOnWriteArrayList<>();

    private TlsOrigin(Duration valid, boolean http2) throws Exception {
        keys = identity(valid);
        tls.setKeyStore(keys);
        tls.setKeyStorePassword(PASSWORD);
        HttpConfiguration config = new HttpConfiguration();
        ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
        alpn.setDefaultProtocol("http/1.1");
        SslConnectionFactory secure = new SslConnectionFactory(tls, "alpn");
        // Otherwise only the name in the certificate may be asked for.
        secure.setEnsureSecureRequestCustomizer(false);
        connector = new ServerConnector(server, 1, 1, secure, alpn);
        if (http2) connector.addConnectionFactory(new HTTP2ServerConnectionFactory(config));
        connector.addConnectionFactory(new HttpConnectionFactory(config));
        connector.setHost("127.0.0.1");
        connector.addBean(new SslHandshakeListener() {
            @Override
            public void handshakeSucceeded(Event event) {
                ((ExtendedSSLSession) event.getSSLEngine().getSession())
                        .getRequestedServerNames()
                        .forEach(name -> names.add(new String(name.getEncoded(), StandardCharsets.US_ASCII)));
            }
        });
        server.addConnector(connector);
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                String protocol = request.getConnectionMetaData().getProtocol();
                String authority = request.getHttpURI().getAuthority();
                Content.Sink.write(response, true, protocol + " for " + authority, callback);
                return true;
            }
        });
        server.start();
    }

    /** @param valid until then, or since then when it is negative */
    static TlsOrigin start(Duration valid, boolean http2) throws Exception {
        return new TlsOrigin(valid, http2);
    }

    static TlsOrigin start(boolean http2) throws Exception {
        return start(Duration.ofHours(1), http2);
    }

    private static KeyStore identity(Duration valid) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        KeyPair pair = generator.generateKeyPair();
        X500Name name = new X500Name("CN=localhost");
        Instant now = Instant.now();
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                name,
                BigInteger.ONE,
                Date.from(now.minus(Duration.ofDays(2))),
                Date.from(now.plus(valid)),
                name,
                pair.getPublic());
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName[] {
            new GeneralName(GeneralName.dNSName, "localhost"), new GeneralName(GeneralName.dNSName, NAME)
        }));
        X509Certificate certificate = new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("origin", pair.getPrivate(), PASSWORD.toCharArray(), new Certificate[] {certificate});
        return store;
    }

    /** A store in which its certificate is one of those that are trusted. */
    KeyStore trust() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("origin", keys.getCertificate("origin"));
        return store;
    }

    /** The same identity for a server of the test's own. */
    SSLContext context() {
        return tls.getSslContext();
    }

    /** @param host by which it is asked for */
    String url(String scheme, String host) {
        return scheme + "://" + host + ":" + connector.getLocalPort();
    }

    /** What clients have named in their handshakes (SNI). */
    List<String> names() {
        return List.copyOf(names);
    }

    boolean hasConnections() {
        return connector.getConnectedEndPoints().stream().anyMatch(e -> e.isOpen());
    }

    @Override
    public void close() throws Exception {
        server.stop();
    }
}
