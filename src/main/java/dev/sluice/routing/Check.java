package dev.sluice.routing;

import com.google.re2j.Pattern;
import dev.sluice.config.Cidr;
import dev.sluice.config.Conditions;
import dev.sluice.config.Expression;
import dev.sluice.config.ValueCondition;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One of the conditions that a route has beside host and path. Immutable. */
sealed interface Check {
    boolean holds(Inquiry request);

    /** What is wrong with a request for which it does not hold, for people. */
    String flaw(Inquiry request);

    /** Those that cost least come first. */
    static List<Check> of(Conditions conditions) {
        List<Check> checks = new ArrayList<>();
        if (!conditions.methods().isEmpty()) checks.add(new Methods(Set.copyOf(conditions.methods())));
        if (!conditions.listeners().isEmpty()) checks.add(new Listeners(Set.copyOf(conditions.listeners())));
        add(checks, Inquiry.Source.HEADER, conditions.headers());
        add(checks, Inquiry.Source.PARAMETER, conditions.query());
        add(checks, Inquiry.Source.COOKIE, conditions.cookies());
        if (!conditions.clients().isEmpty()) checks.add(new Clients(conditions.clients()));
        return List.copyOf(checks);
    }

    private static void add(List<Check> checks, Inquiry.Source source, List<ValueCondition> conditions) {
        for (ValueCondition condition : conditions) {
            boolean expression = condition.kind() == ValueCondition.Kind.PATTERN;
            checks.add(new Value(source, condition, expression ? Expression.compile(condition.value()) : null));
        }
    }

    record Methods(Set<String> methods) implements Check {
        @Override
        public boolean holds(Inquiry request) {
            return methods.contains(request.method());
        }

        @Override
        public String flaw(Inquiry request) {
            return "method " + request.method() + " (expected " + Check.one(methods) + ")";
        }
    }

    record Listeners(Set<String> names) implements Check {
        @Override
        public boolean holds(Inquiry request) {
            String name = request.listener();
            return name != null && names.contains(name);
        }

        @Override
        public String flaw(Inquiry request) {
            String name = request.listener();
            return (name == null ? "no listener is known" : "listener " + name) + " (expected " + Check.one(names)
                    + ")";
        }
    }

    record Clients(List<Cidr> blocks) implements Check {
        @Override
        public boolean holds(Inquiry request) {
            InetAddress client = request.client();
            return client != null && blocks.stream().anyMatch(block -> block.contains(client));
        }

        @Override
        public String flaw(Inquiry request) {
            InetAddress client = request.client();
            String found = client == null ? "no client is known" : "client " + client.getHostAddress();
            return found + " (expected " + Check.one(blocks) + ")";
        }
    }

    /** @param pattern of an expression, else null */
    record Value(
            Inquiry.Source source,
            ValueCondition condition,
            @Nullable Pattern pattern) implements Check {
        @Override
        public boolean holds(Inquiry request) {
            String value = request.value(source, condition.name());
            return switch (condition.kind()) {
                case EXACT -> condition.value().equals(value);
                case PATTERN -> value != null && pattern != null && request.fits(pattern, value);
                case PRESENT -> value != null;
                case ABSENT -> value == null;
            };
        }

        @Override
        public String flaw(Inquiry request) {
            String value = request.value(source, condition.name());
            String what = source.name().toLowerCase(Locale.ROOT) + " " + condition.name();
            String found = value == null ? "no " + what : what + " is \"" + value + '"';
            String expected = switch (condition.kind()) {
                case EXACT -> '"' + condition.value() + '"';
                case PATTERN -> "what fits " + condition.value();
                case PRESENT -> "any";
                case ABSENT -> "none";
            };
            return found + " (expected " + expected + ")";
        }
    }

    private static String one(Iterable<?> values) {
        List<String> sorted = new ArrayList<>();
        values.forEach(value -> sorted.add(value.toString()));
        sorted.sort(null);
        return String.join(" or ", sorted);
    }
}
