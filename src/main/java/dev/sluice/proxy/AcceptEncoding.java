package dev.sluice.proxy;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;

/** What a client says of content codings (RFC 9110 §12.5.3). Who says nothing gets none. */
final class AcceptEncoding {
    private static final Pattern MEMBER =
            Pattern.compile("([^\\s;]+)(?:\\s*;\\s*[qQ]=(0(?:\\.\\d{0,3})?|1(?:\\.0{0,3})?))?");

    private AcceptEncoding() {}

    /**
     * The coding that a client wants most.
     *
     * @param names of codings, the one to take of several that the client wants equally before the others
     * @return an index, or -1 for none
     */
    static int choose(HttpFields request, List<String> names) {
        float[] qualities = new float[names.size()];
        Arrays.fill(qualities, -1);
        float others = -1;
        float identity = -1;
        for (HttpField field : request) {
            if (field.getHeader() != HttpHeader.ACCEPT_ENCODING || field.getValue() == null) continue;
            for (String text : field.getValue().split(",", -1)) {
                Matcher member = MEMBER.matcher(text.trim());
                if (!member.matches()) continue; // Not understood, so not wanted.
                float quality = member.group(2) == null ? 1 : Float.parseFloat(member.group(2));
                String name = member.group(1).toLowerCase(Locale.ROOT);
                int index = names.indexOf(name.equals("x-gzip") ? "gzip" : name);
                if (index >= 0) qualities[index] = quality;
                else if (name.equals("*")) others = quality;
                else if (name.equals("identity")) identity = quality;
            }
        }
        return most(qualities, others, identity);
    }

    private static int most(float[] qualities, float others, float identity) {
        int chosen = -1;
        float most = 0;
        for (int at = 0; at < qualities.length; at++) {
            float quality = qualities[at] < 0 ? others : qualities[at];
            if (quality <= most) continue;
            chosen = at;
            most = quality;
        }
        return identity > most ? -1 : chosen;
    }
}
