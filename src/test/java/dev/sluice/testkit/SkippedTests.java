package dev.sluice.testkit;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Names each test that did not run, and why: surefire's own summary only counts them. */
public final class SkippedTests implements TestExecutionListener {
    private final List<String> skipped = new CopyOnWriteArrayList<>();

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        skipped.add(name(test) + ": " + reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
            skipped.add(name(test) + ": "
                    + result.getThrowable().map(Throwable::getMessage).orElse("no reason given"));
        }
    }

    @Override
    public void testPlanExecutionFinished(TestPlan plan) {
        skipped.stream().sorted().forEach(line -> System.out.println("[SKIPPED] " + line));
        skipped.clear();
    }

    private static String name(TestIdentifier test) {
        return test.getSource()
                .map(source -> {
                    if (source instanceof MethodSource method) {
                        return method.getClassName() + "." + method.getMethodName();
                    }
                    return source instanceof ClassSource type ? type.getClassName() : "";
                })
                .filter(source -> !source.isEmpty())
                // Of a parameterized test, which of its variants.
                .map(source -> source.endsWith(test.getDisplayName().replaceAll("\\(.*\\)$", ""))
                        ? source
                        : source + " \"" + test.getDisplayName() + "\"")
                .orElseGet(test::getDisplayName);
    }
}
