package dev.sluice.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * A backend with TLS and HTTP/1.1 that tells each client what it knows of it: {@code origin NAME, sni NAME, client
 * SUBJECT}, with {@code none} for what was not said. A request for an upgrade it answers with 101 and the same text. The
 * connection ends with each answer.
 */
public final class SecureOrigin implements AutoCloseable {
    private final String name;
    private final SSLServerSocket server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Set<SSLSocket> open = ConcurrentHashMap.newKeySet();
    private final List<String> refusals = new CopyOnWriteArrayList<>();

    private SecureOrigin(String name, TestAuthority.Issued identity, @Nullable TestAuthority clients)
            throws IOException, GeneralSecurityException {
        this.name = name;
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(identity.store(), TestAuthority.PASSWORD.toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        if (clients != null) store.setCertificateEntry("clients", clients.certificate());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), clients == null ? null : trust.getTrustManagers(), null);
        server = (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        server.setNeedClientAuth(clients != null);
        threads.execute(this::accept);
    }

    /**
     * One that listens when this returns.
     *
     * @param name by which it calls itself
     * @param clients whose certificates clients must show, or null when they need none
     */
    public static SecureOrigin start(String name, TestAuthority.Issued identity, @Nullable TestAuthority clients) {
        try {
            return new SecureOrigin(name, identity, clients);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @param host by which it is asked for */
    public String url(String host) {
        return "https://" + host + ":" + server.getLocalPort();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                SSLSocket socket = (SSLSocket) server.accept();
                open.add(socket);
                threads.execute(() -> serve(socket));
            } catch (IOException e) {
                if (!server.isClosed()) throw new UncheckedIOException(e);
            }
        }
    }

    private void serve(SSLSocket socket) {
        try (socket) {
            socket.setSoTimeout(20_000);
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            boolean upgrade = false;
            String line = in.readLine();
            if (line == null) return;
            while (line != null && !line.isEmpty()) {
                upgrade |= line.regionMatches(true, 0, "upgrade:", 0, 8);
                line = in.readLine();
            }
            String said = said((ExtendedSSLSession) socket.getSession());
            String head = upgrade
                    ? "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n"
                    : "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + said.length() + "\r\n\r\n";
            socket.getOutputStream().write((head + said).getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
        } catch (IOException e) {
            refusals.add(e.toString());
        } finally {
            open.remove(socket);
        }
    }

    /** How connections ended that came to no answer. */
    public List<String> refusals() {
        return List.copyOf(refusals);
    }

    private String said(ExtendedSSLSession session) {
        String sni = session.getRequestedServerNames().stream()
                .map(one -> new String(one.getEncoded(), StandardCharsets.US_ASCII))
                .findFirst()
                .orElse("none");
        return "origin " + name + ", sni " + sni + ", client " + client(session);
    }

    private static String client(ExtendedSSLSession session) {
        try {
            return session.getPeerPrincipal().getName();
        } catch (SSLPeerUnverifiedException e) {
            return "none";
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            for (SSLSocket socket : open) socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            threads.shutdownNow();
        }
    }
}
