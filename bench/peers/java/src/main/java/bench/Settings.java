package bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Properties;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * What bench/run asks of a peer, from the properties file that is the only argument.
 *
 * @param tlsPort 0: no TLS
 * @param deadline seconds that a stop may take; 0: nothing is said of stops
 * @param routes prefixes of paths that go to the backends; empty: everything does
 */
record Settings(
        int port,
        int tlsPort,
        int cores,
        List<URI> backends,
        List<String> routes,
        Path keystore,
        String password,
        int deadline) {

    static Settings read(String[] args) throws IOException {
        Properties p = new Properties();
        try (InputStream in = Files.newInputStream(Path.of(args[0]))) {
            p.load(in);
        }
        return new Settings(
                Integer.parseInt(p.getProperty("port")),
                Integer.parseInt(p.getProperty("tlsPort")),
                Integer.parseInt(p.getProperty("cores")),
                Stream.of(p.getProperty("backends").split(","))
                        .map(address -> URI.create("http://" + address))
                        .toList(),
                IntStream.range(0, Integer.parseInt(p.getProperty("routes")))
                        .mapToObj("/r%05d"::formatted)
                        .toList(),
                Path.of(p.getProperty("keystore")),
                p.getProperty("password"),
                Integer.parseInt(p.getProperty("deadline")));
    }

    boolean tls() {
        return tlsPort != 0;
    }

    SSLContext sslContext() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keystore)) {
            store.load(in, password.toCharArray());
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, password.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }
}
