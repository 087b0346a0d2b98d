package dev.sluice.proxy;

import java.io.EOFException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.eclipse.jetty.client.HttpResponseException;
import org.jspecify.annotations.Nullable;

/** Why a check failed, in words for who reads the log at night. */
final class HealthReasons {
    private static final int LONGEST = 160;

    private HealthReasons() {}

    /** What a connection, or what was said on it, ended with. */
    static String of(Throwable failure) {
        if (find(failure, SSLException.class) != null) return ofTls(failure);
        if (failure instanceof UnknownHostException) return told("unknown host " + failure.getMessage());
        if (failure instanceof EOFException || failure instanceof ClosedChannelException)
            return "backend closed the connection";
        if (failure instanceof HttpResponseException) return told("bad answer: " + failure.getMessage());
        // Jetty's client puts where it could not connect to before why.
        Throwable cause = Objects.requireNonNullElse(
                failure instanceof SocketException ? find(failure.getCause(), SocketException.class) : null, failure);
        String message = cause.getMessage();
        if (cause instanceof SocketException && message != null && !message.isBlank())
            return told(message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1));
        return ProxyFailure.reasonOf(cause);
    }

    /** Of a certificate that is not taken, what says why is at the end of a chain of causes. */
    private static String ofTls(Throwable failure) {
        Throwable certificate = find(failure, CertificateException.class);
        Throwable last = certificate == null ? failure : certificate;
        for (int i = 0; last.getCause() != null && i < 10; i++) last = last.getCause();
        String why =
                Objects.requireNonNullElse(last.getMessage(), last.getClass().getSimpleName());
        if (certificate != null) return told("TLS: certificate not trusted: " + why);
        boolean closed = last instanceof EOFException || last instanceof ClosedChannelException;
        return told("TLS: " + (closed ? "backend closed the connection" : why));
    }

    private static @Nullable Throwable find(@Nullable Throwable in, Class<? extends Throwable> type) {
        Throwable found = in;
        for (int i = 0; found != null && !type.isInstance(found) && i < 10; i++) found = found.getCause();
        return type.isInstance(found) ? found : null;
    }

    /** {@code 2s}, {@code 1500ms}. */
    static String told(Duration time) {
        long millis = time.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }

    /** One short line of what others may have written. */
    static String told(String text) {
        String line = text.replaceAll("\\p{Cntrl}+", " ");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }
}
