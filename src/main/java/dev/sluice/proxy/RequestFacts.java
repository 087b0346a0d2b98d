package dev.sluice.proxy;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.sluice.config.Template;
import dev.sluice.routing.CookiePairs;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;
import org.jspecify.annotations.Nullable;

/** What is known of one request, put into texts with placeholders. What is not known is empty. For one thread at a time. */
final class RequestFacts {
    /**
     * What is the same for all requests of a route.
     *
     * @param groups of its expression; null for none
     * @param prefix what is taken from the beginning of every path before routes see it
     */
    record Route(String name, @Nullable Pattern groups, String prefix, ForwardedClient clients, RequestIds ids) {}

    private final Request in;
    private final Route route;

    RequestFacts(Request in, Route route) {
        this.in = in;
        this.route = route;
    }

    /** The text as it is for this request. */
    String render(Template template) {
        String constant = template.constant();
        if (constant != null) return constant;
        StringBuilder text = new StringBuilder();
        for (Template.Part part : template.parts()) {
            if (part instanceof Template.Literal literal) text.append(literal.text());
            if (part instanceof Template.Placeholder placeholder) {
                String value = value(placeholder);
                if (value != null) text.append(value);
            }
        }
        return text.toString();
    }

    /** The same without what would end a header field. */
    String renderField(Template template) {
        String text = render(template);
        for (int i = 0; i < text.length(); i++)
            if (text.charAt(i) < ' ' || text.charAt(i) == 0x7f) return text.replaceAll("[\\x00-\\x1f\\x7f]", "");
        return text;
    }

    private @Nullable String value(Template.Placeholder placeholder) {
        return switch (placeholder.fact()) {
            case CLIENT -> client();
            case CLIENT_PORT -> port();
            case HOST -> RequestHeaders.host(in);
            case HOSTNAME -> hostname(RequestHeaders.host(in));
            case METHOD -> in.getMethod();
            case SCHEME -> route.clients().cameByTls(in) ? "https" : "http";
            case PATH -> in.getHttpURI().getPath();
            case QUERY -> in.getHttpURI().getQuery();
            case URI -> uri();
            case ROUTE -> route.name();
            case LISTENER -> in.getConnectionMetaData().getConnector().getName();
            case REQUEST_ID -> route.ids().of(in);
            case HEADER -> in.getHeaders().get(placeholder.argument());
            case COOKIE -> cookie(placeholder.argument());
            case PARAMETER -> parameter(placeholder.argument());
            case GROUP -> group(Integer.parseInt(placeholder.argument()));
            case TLS_VERSION, TLS_CIPHER, TLS_SNI, TLS_CLIENT_SUBJECT, TLS_CLIENT_FINGERPRINT ->
                tls(placeholder.fact());
        };
    }

    private @Nullable String client() {
        InetAddress client = route.clients().address(in);
        return client == null ? null : client.getHostAddress();
    }

    private @Nullable String port() {
        return in.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress peer
                ? Integer.toString(peer.getPort())
                : null;
    }

    /** Host and port without the port; the address of IPv6 keeps its brackets. */
    static String hostname(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }

    private @Nullable String uri() {
        String path = in.getHttpURI().getPath();
        String query = in.getHttpURI().getQuery();
        return query == null ? path : path + "?" + query;
    }

    private @Nullable String cookie(String name) {
        for (HttpField field : in.getHeaders()) {
            if (field.getHeader() != HttpHeader.COOKIE) continue;
            CookiePairs pairs = new CookiePairs(field.getValue(), name);
            if (pairs.next()) return pairs.value();
        }
        return null;
    }

    private @Nullable String parameter(String name) {
        try {
            Fields.Field field = Request.extractQueryParameters(in).get(name);
            return field == null ? null : field.getValue();
        } catch (RuntimeException e) {
            return null; // A query in a form of its own: it has no such parameter.
        }
    }

    /** What stands in the path is encoded as it is there. */
    private @Nullable String group(int number) {
        // As routes have seen it.
        String seen = RawPath.after(route.prefix(), in.getHttpURI().getPath());
        String path = seen == null || !seen.startsWith("/") ? null : PathText.withoutDots(seen);
        if (route.groups() == null || path == null) return null;
        Matcher matcher = route.groups().matcher(PathText.decode(path));
        if (!matcher.matches() || number > matcher.groupCount()) return null;
        String group = matcher.group(number);
        return group == null ? null : PathText.encode(group);
    }

    private @Nullable String tls(Template.Fact fact) {
        EndPoint.SslSessionData data =
                in.getConnectionMetaData().getConnection().getEndPoint().getSslSessionData();
        if (data == null) return null;
        return switch (fact) {
            case TLS_VERSION -> data.sslSession().getProtocol();
            case TLS_CIPHER -> data.cipherSuite();
            case TLS_SNI -> data.sslSession() instanceof ExtendedSSLSession session ? sni(session) : null;
            default ->
                data.peerCertificates() == null || data.peerCertificates().length == 0
                        ? null
                        : certificate(fact, data.peerCertificates()[0]);
        };
    }

    private static @Nullable String sni(ExtendedSSLSession session) {
        for (SNIServerName name : session.getRequestedServerNames())
            if (name instanceof SNIHostName host) return host.getAsciiName();
        return null;
    }

    private static @Nullable String certificate(Template.Fact fact, X509Certificate certificate) {
        if (fact == Template.Fact.TLS_CLIENT_SUBJECT)
            return certificate.getSubjectX500Principal().getName();
        try {
            byte[] print = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            return HexFormat.of().formatHex(print);
        } catch (CertificateEncodingException | NoSuchAlgorithmException e) {
            return null; // One that came in a handshake has its form, and every JVM has the digest.
        }
    }
}
