package dev.sluice.listener;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpTokens;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.HostPort;
import org.eclipse.jetty.util.URIUtil;
import org.jspecify.annotations.Nullable;

/**
 * Refuses with 400 what Jetty's strictest parser still lets through and two readers could understand differently, and
 * makes the target of the request and its Host agree. Runs before Jetty's own compliance checks, and before any handler.
 *
 * <p>Stateless; safe for use by all threads.
 */
final class RequestRules implements HttpConfiguration.Customizer {
    /** What Jetty's UTF-8 decoder puts in the place of bytes that are none. */
    private static final char REPLACEMENT = '\uFFFD';

    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        checkMethod(request.getMethod());
        checkPath(request);
        checkOtherNames(request.getHeaders());
        if (request.getConnectionMetaData().getHttpVersion().getVersion() >= HttpVersion.HTTP_2.getVersion()) {
            Http2Rules.check(request);
            BrokenStream.tell(request);
            return withDecodedTarget(request);
        }
        checkTarget(request.getHttpURI());
        checkTransferEncoding(request);
        return withHostOfTarget(request);
    }

    /** Jetty takes any visible character as the first one of a method (RFC 9110 §9.1 wants a token). */
    private static void checkMethod(String method) {
        if (method.isEmpty()) throw badRequest("Bad method");
        for (int i = 0; i < method.length(); i++) {
            HttpTokens.Token token = HttpTokens.getToken(method.charAt(i));
            boolean tchar = token != null
                    && switch (token.getType()) {
                        case ALPHA, DIGIT, TCHAR -> true;
                        default -> false;
                    };
            if (!tchar) throw badRequest("Bad method");
        }
    }

    /** RFC 9112 §3.2: a path starts with a slash, except for {@code OPTIONS *} and the authority of CONNECT. */
    private static void checkPath(Request request) {
        String path = request.getHttpURI().getPath();
        if (path == null || path.startsWith("/") || HttpMethod.CONNECT.is(request.getMethod())) return;
        if (path.equals("*") && HttpMethod.OPTIONS.is(request.getMethod())) return;
        throw badRequest("Bad URI path");
    }

    /** Bytes that are not UTF-8 are lost by now, so they cannot be passed on as they came. */
    private static void checkTarget(HttpURI uri) {
        String target = uri.getPathQuery();
        if (target != null && target.indexOf(REPLACEMENT) >= 0) throw badRequest("Bad UTF-8 in URI");
    }

    /**
     * Only {@code chunked}, only once, only in HTTP/1.1 (RFC 9112 §6.1): what else stands there, a backend may read as
     * another length of body.
     */
    private static void checkTransferEncoding(Request request) {
        for (HttpField field : request.getHeaders()) {
            if (field.getHeader() != HttpHeader.TRANSFER_ENCODING) continue;
            if (request.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_1_1)
                throw badRequest("Transfer-Encoding in HTTP/1.0");
            if (!"chunked".equalsIgnoreCase(field.getValue())) throw badRequest("Unknown Transfer-Encoding");
        }
    }

    /**
     * Backends that hand fields on as CGI does (RFC 3875 §4.1.18) cannot tell a dash from an underscore: {@code
     * Content_Length} would be a second length to them.
     */
    private static void checkOtherNames(HttpFields fields) {
        for (HttpField field : fields) {
            String name = field.getName();
            if (field.getHeader() != null || name.indexOf('_') < 0) continue;
            String dashed = name.replace('_', '-');
            if (HttpHeader.CONTENT_LENGTH.is(dashed) || HttpHeader.TRANSFER_ENCODING.is(dashed))
                throw badRequest("Framing by another name");
        }
    }

    /**
     * RFC 9112 §3.2.2: the authority of a target in absolute form wins, and Host is replaced by it. In HTTP/2 a Host that
     * differs from {@code :authority} stays, and Jetty refuses it after us (RFC 9113 §8.3.1).
     */
    private static Request withHostOfTarget(Request request) {
        HttpURI uri = request.getHttpURI();
        String authority = uri.getAuthority();
        HttpFields fields = request.getHeaders();
        // Two Host fields are refused later; to replace them here would hide that.
        if (authority == null || HttpMethod.CONNECT.is(request.getMethod()) || count(fields, HttpHeader.HOST) > 1)
            return request;
        // With a target in origin form Jetty has made the authority from Host, so they never differ.
        if (sameAuthority(uri, fields.get(HttpHeader.HOST))) return request;
        HttpFields replaced =
                HttpFields.build(fields).put(HttpHeader.HOST, authority).asImmutable();
        return new Request.Wrapper(request) {
            @Override
            public HttpFields getHeaders() {
                return replaced;
            }
        };
    }

    private static int count(HttpFields fields, HttpHeader name) {
        int count = 0;
        for (HttpField field : fields) if (field.getHeader() == name) count++;
        return count;
    }

    private static boolean sameAuthority(HttpURI uri, @Nullable String host) {
        if (host == null) return false;
        if (host.equalsIgnoreCase(uri.getAuthority())) return true;
        if (host.isEmpty()) return false;
        int usual = URIUtil.getDefaultPortForScheme(uri.getScheme());
        HostPort other = new HostPort(host);
        return other.getHost().equalsIgnoreCase(uri.getHost())
                && other.getPort(usual) == (uri.getPort() > 0 ? uri.getPort() : usual);
    }

    /**
     * HTTP/2 hands the target over with one character for each byte, HTTP/1.1 decodes it as UTF-8. After this the same
     * bytes are the same text, whichever protocol brought them.
     */
    private static Request withDecodedTarget(Request request) {
        HttpURI uri = request.getHttpURI();
        String target = uri.getPathQuery();
        if (target == null || target.chars().allMatch(c -> c < 0x80)) return request;
        HttpURI decoded = HttpURI.build(uri).pathQuery(decodeUtf8(target)).asImmutable();
        return new Request.Wrapper(request) {
            @Override
            public HttpURI getHttpURI() {
                return decoded;
            }
        };
    }

    private static String decodeUtf8(String bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new HttpException.RuntimeException(HttpStatus.BAD_REQUEST_400, "Bad UTF-8 in URI", e);
        }
    }

    static HttpException.RuntimeException badRequest(String reason) {
        return new HttpException.RuntimeException(HttpStatus.BAD_REQUEST_400, reason);
    }
}
