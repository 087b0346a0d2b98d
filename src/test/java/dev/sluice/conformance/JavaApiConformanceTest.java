package dev.sluice.conformance;

import dev.sluice.testkit.Once;
import dev.sluice.testkit.ProxyVariant;
import org.junit.jupiter.api.Nested;

/**
 * The suites about what the builder has a part in, URLs and listeners: behind it is the same server that {@link
 * EmbeddedConformanceTest} puts through all of them.
 */
@Once
class JavaApiConformanceTest {
    @Nested
    class BasePaths extends BasePathsSuite {
        BasePaths() {
            super(ProxyVariant.JAVA_API);
        }
    }

    @Nested
    class Forwarding extends ForwardingSuite {
        Forwarding() {
            super(ProxyVariant.JAVA_API);
        }
    }
}
