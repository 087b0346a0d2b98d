package dev.sluice.importing;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.util.StringQuotingChecker;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes a draft as YAML: what is not carried over as a comment, then the sections in the order of the documentation. */
final class DraftYaml {
    private static final YAMLFactory YAML = YAMLFactory.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
            .stringQuotingChecker(new Quoting())
            .build();

    /** Quotes what a person would: an address such as {@code ":80"} looks odd without them, and a placeholder reads better. */
    private static final class Quoting extends StringQuotingChecker.Default {
        private static final long serialVersionUID = 1;

        @Override
        public boolean needToQuoteValue(String value) {
            boolean odd = value.startsWith(":") || value.chars().anyMatch(c -> "{}[]*&!|>%@#\\\"'".indexOf(c) >= 0);
            return odd || value.indexOf('\n') >= 0 || super.needToQuoteValue(value);
        }
    }

    /** What all routes that forward have in common is said once; these keys have a place in {@code defaults.route}. */
    private static final List<String> SHARED = List.of("response", "timeouts", "errorPages", "interceptErrors");

    private final Draft draft;
    private final StringBuilder out = new StringBuilder();

    private DraftYaml(Draft draft) {
        this.draft = draft;
    }

    static String write(Draft draft, String from) {
        DraftYaml yaml = new DraftYaml(draft);
        yaml.write(from);
        return yaml.out.toString();
    }

    private void write(String from) {
        out.append("# Made by sluice import of ").append(Leftovers.shown(from)).append('\n');
        List<Left> left = draft.left.all();
        if (!left.isEmpty()) {
            out.append("#\n# not carried over:\n");
            left.forEach(one -> out.append("#   ").append(one).append('\n'));
        }
        section("listeners", draft.listeners);
        Map<String, Object> defaults = defaults();
        if (!defaults.isEmpty()) section("defaults", Map.of("route", defaults));
        Set<String> used = new HashSet<>();
        draft.routes.forEach(route -> poolsOf(route.tree(), used));
        Map<String, Object> pools = new LinkedHashMap<>(draft.pools);
        pools.keySet().retainAll(used);
        section("pools", pools);
        routes();
        section("trustedProxies", List.copyOf(draft.trustedProxies));
        section("upstream", draft.upstream);
        section("server", draft.server);
    }

    /** A pool that no route uses is a mistake in Sluice's eyes. */
    private static void poolsOf(Object value, Set<String> used) {
        if (value instanceof List<?> list) {
            for (Object item : list) if (item != null) poolsOf(item, used);
        } else if (value instanceof Map<?, ?> map) {
            if (map.get("pool") instanceof String name) used.add(name);
            for (Object item : map.values()) if (item != null) poolsOf(item, used);
        }
    }

    private Map<String, Object> defaults() {
        Map<String, Object> defaults = new LinkedHashMap<>();
        List<DraftRoute> forwarding =
                draft.routes.stream().filter(DraftRoute::forwards).toList();
        if (forwarding.size() < 2) return defaults;
        for (String key : SHARED) {
            Object common = forwarding.get(0).get(key);
            // What is said of answers holds for those that no backend gives, too.
            List<DraftRoute> all = key.equals("response") ? draft.routes : forwarding;
            if (common == null || !all.stream().allMatch(route -> common.equals(route.get(key)))) continue;
            defaults.put(key, common);
            all.forEach(route -> route.set(key, null));
        }
        Object body = Map.of("maxBody", requestBody(forwarding.get(0)));
        if (forwarding.stream().allMatch(route -> body.equals(route.get("request")))) {
            defaults.put("request", body);
            forwarding.forEach(route -> route.set("request", null));
        }
        return defaults;
    }

    private static Object requestBody(DraftRoute route) {
        return route.get("request") instanceof Map<?, ?> map && map.get("maxBody") instanceof String size ? size : "";
    }

    private void routes() {
        if (draft.routes.isEmpty()) return;
        out.append("\nroutes:\n");
        for (DraftRoute route : draft.routes) {
            if (!route.comment.isEmpty())
                out.append("  # ").append(Leftovers.shown(route.comment)).append('\n');
            String text = text(Map.of("routes", List.of(route.tree())));
            out.append(text, text.indexOf('\n') + 1, text.length());
        }
    }

    private void section(String name, Object value) {
        boolean empty =
                value instanceof Map<?, ?> map ? map.isEmpty() : value instanceof List<?> list && list.isEmpty();
        if (!empty) out.append('\n').append(text(Map.of(name, value)));
    }

    private static String text(Map<String, Object> tree) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = YAML.createGenerator(text)) {
            write(generator, tree);
        } catch (IOException e) {
            throw new UncheckedIOException("a string cannot fail to be written", e);
        }
        return text.toString().endsWith("\n") ? text.toString() : text + "\n";
    }

    private static void write(JsonGenerator to, Object value) throws IOException {
        if (value instanceof Map<?, ?> map) {
            to.writeStartObject();
            for (Map.Entry<?, ?> entry : new ArrayList<>(map.entrySet())) {
                to.writeFieldName(String.valueOf(entry.getKey()));
                write(to, entry.getValue());
            }
            to.writeEndObject();
        } else if (value instanceof List<?> list) {
            to.writeStartArray();
            for (Object item : list) write(to, item);
            to.writeEndArray();
        } else if (value instanceof Integer number) {
            to.writeNumber(number);
        } else if (value instanceof Boolean flag) {
            to.writeBoolean(flag);
        } else {
            to.writeString(String.valueOf(value));
        }
    }
}
