package dev.sluice.importing;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** {@code header}, {@code header_up} and the like: each line is a name with a sign before it, and a value. */
final class CaddyFields {
    /** Sluice sets these itself. */
    private static final Set<String> BY_ITSELF = Set.of(
            "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "connection", "upgrade");

    private final Leftovers left;

    CaddyFields(Leftovers left) {
        this.left = left;
    }

    /** @param to the part of a route that gets {@code headers}; {@code host} too where that is {@code request} */
    void change(Directive one, String sign, List<String> args, Map<String, Object> to, boolean request) {
        try {
            set(sign.isEmpty() ? args : with(sign, args), to, request);
        } catch (NotCarried e) {
            left.add(one, e.why());
        }
    }

    private static List<String> with(String sign, List<String> args) {
        List<String> all = new ArrayList<>(args);
        if (!all.isEmpty()) all.set(0, sign + all.get(0));
        return all;
    }

    private void set(List<String> args, Map<String, Object> to, boolean request) throws NotCarried {
        if (args.isEmpty() || args.get(0).isEmpty()) throw new NotCarried("a field has a name");
        char sign = args.get(0).charAt(0);
        String name = "+-?>".indexOf(sign) < 0 ? args.get(0) : args.get(0).substring(1);
        if (!name.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]+")) throw new NotCarried("it is no name of a field");
        if (args.size() > 2) throw new NotCarried("values are set, not searched and replaced");
        if (sign == '?') throw new NotCarried("response.headers.set does not look whether there is one already");
        if (sign == '-') {
            if (name.indexOf('*') >= 0) throw new NotCarried("fields are removed by their whole names");
            CaddyScope.field(to, "remove", name, "");
            return;
        }
        String value = args.size() < 2 ? "" : args.get(1);
        boolean usual = BY_ITSELF.contains(name.toLowerCase(Locale.ROOT)) && value.startsWith("{");
        if (request && usual) return;
        if (request && name.equalsIgnoreCase("host")) {
            boolean backend =
                    value.matches("\\{(upstream_hostport|http\\.reverse_proxy\\.upstream\\.(hostport|host))}");
            boolean same = value.matches("\\{(host|hostport|http\\.request\\.(host|hostport))}");
            if (backend) to.put("host", "backend");
            else if (!same) to.put("host", CaddyText.template(value));
            return;
        }
        CaddyScope.field(to, sign == '+' ? "add" : "set", name, CaddyText.template(value));
    }
}
