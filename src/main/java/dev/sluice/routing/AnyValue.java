package dev.sluice.routing;

import dev.sluice.config.Expression;
import dev.sluice.config.ValueCondition;
import java.util.ArrayList;
import java.util.List;

/** Headers and cookies, one of which has to fit. Immutable; any thread may ask. */
public final class AnyValue {
    private final List<Check> checks = new ArrayList<>();

    public AnyValue(List<ValueCondition> headers, List<ValueCondition> cookies) {
        add(Inquiry.Source.HEADER, headers);
        add(Inquiry.Source.COOKIE, cookies);
    }

    private void add(Inquiry.Source source, List<ValueCondition> conditions) {
        for (ValueCondition condition : conditions) {
            boolean expression = condition.kind() == ValueCondition.Kind.PATTERN;
            checks.add(new Check.Value(source, condition, expression ? Expression.compile(condition.value()) : null));
        }
    }

    /** Whether there is nothing that could fit. */
    public boolean isEmpty() {
        return checks.isEmpty();
    }

    /** Whether one of them fits a request. */
    public boolean fits(RoutedRequest request) {
        Inquiry inquiry = new Inquiry(request);
        for (Check check : checks) if (check.holds(inquiry)) return true;
        return false;
    }
}
