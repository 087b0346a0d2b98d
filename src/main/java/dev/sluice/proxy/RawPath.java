package dev.sluice.proxy;

import dev.sluice.config.BackendConfig;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpURI;
import org.jspecify.annotations.Nullable;

/** Paths and queries as they are on the wire: nothing is decoded, folded or escaped. */
final class RawPath {
    private RawPath() {}

    /**
     * What is left of a raw path behind a prefix that ends at a segment boundary, or null when it does not begin with it.
     *
     * @param prefix decoded, without a slash at its end; maybe empty
     */
    static @Nullable String after(String prefix, @Nullable String path) {
        if (path == null) return null;
        if (prefix.isEmpty()) return path;
        int at = path.startsWith(prefix) ? prefix.length() : decodedEnd(prefix, path);
        if (at < 0) return null;
        if (at == path.length()) return "/";
        return path.charAt(at) == '/' ? path.substring(at) : null;
    }

    /** Where a decoded prefix ends in a raw path, or -1 when that begins otherwise. Compares bytes of UTF-8. */
    private static int decodedEnd(String prefix, String path) {
        int at = 0;
        for (byte expected : prefix.getBytes(StandardCharsets.UTF_8)) {
            if (at >= path.length()) return -1;
            char c = path.charAt(at);
            // Raw UTF-8 would have matched as it is, unless half of it is encoded, which nobody writes.
            if (c >= 0x80) return -1;
            int width = 1;
            if (c == '%' && at + 2 < path.length()) {
                int high = Character.digit(path.charAt(at + 1), 16);
                int low = Character.digit(path.charAt(at + 2), 16);
                if (high >= 0 && low >= 0) {
                    c = (char) (high << 4 | low);
                    width = 3;
                }
            }
            if ((byte) c != expected) return -1;
            at += width;
        }
        return at;
    }

    /**
     * The backend's base path and query before those of the request, joined as Go's {@code NewSingleHostReverseProxy}
     * joins them: one slash between the paths, one ampersand between the queries.
     */
    static String join(BackendConfig backend, String path, @Nullable String query) {
        String base = backend.basePath();
        StringBuilder target = new StringBuilder(base.length() + path.length() + 16);
        boolean slash = base.endsWith("/");
        if (base.isEmpty() || base.equals("/")) target.append(path);
        else if (slash && path.startsWith("/")) target.append(base).append(path, 1, path.length());
        else if (!slash && !path.startsWith("/"))
            target.append(base).append('/').append(path);
        else target.append(base).append(path);
        String own = backend.query();
        if (own != null && !own.isEmpty()) {
            target.append('?').append(own);
            if (query != null && !query.isEmpty()) target.append('&').append(query);
        } else if (query != null) {
            target.append('?').append(query);
        }
        return target.toString();
    }

    /** Whether every byte of the target survived its decoding: one that is not UTF-8 did not, and cannot be passed on. */
    static boolean isWhole(HttpURI uri) {
        String query = uri.getQuery();
        String path = uri.getPath();
        return (path == null || path.indexOf('\uFFFD') < 0) && (query == null || query.indexOf('\uFFFD') < 0);
    }

    static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) if (text.charAt(i) >= 0x80) return false;
        return true;
    }
}
