package dev.sluice.proxy;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * The id of each request: what a trusted proxy has said of it is continued, any other is made here. The log has it, and where
 * there is a field for it the backend gets it. Without state; safe for use by many threads.
 */
final class RequestIds {
    /** In characters; nobody's is longer, and the log has it. */
    private static final int LONGEST = 128;

    private static final String ATTRIBUTE = RequestIds.class.getName();

    private final @Nullable String field;
    private final ForwardedFields forwarded;

    /** @param field its name; null when neither peers nor backends speak of it */
    RequestIds(@Nullable String field, ForwardedFields forwarded) {
        this.field = field;
        this.forwarded = forwarded;
    }

    /** The same whenever it is asked for the same request. */
    String of(Request in) {
        if (in.getAttribute(ATTRIBUTE) instanceof String known) return known;
        String said =
                field == null || !forwarded.trusts(in) ? null : in.getHeaders().get(field);
        String id = said == null || !isId(said) ? made() : said;
        in.setAttribute(ATTRIBUTE, id);
        return id;
    }

    private static String made() {
        return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    }

    private static boolean isId(String text) {
        if (text.isEmpty() || text.length() > LONGEST) return false;
        // Plain in a log, in JSON and in a field.
        return text.matches("[A-Za-z0-9._:/+=@-]+");
    }

    /** Says it to a backend, in the place of what a stranger has said. */
    void tell(Request in, HttpFields.Mutable headers) {
        if (field != null) headers.put(new HttpField(field, of(in)));
    }
}
