package dev.sluice.conformance;

import dev.sluice.testkit.ProxyVariant;
import org.junit.jupiter.api.Nested;

/** The suites that need nothing but routes, against the proxy as those who embed it build it. */
class JavaApiConformanceTest {
    @Nested
    class Targets extends TargetsSuite {
        Targets() {
            super(ProxyVariant.JAVA_API);
        }
    }

    @Nested
    class BasePaths extends BasePathsSuite {
        BasePaths() {
            super(ProxyVariant.JAVA_API);
        }
    }

    @Nested
    class Fields extends FieldsSuite {
        Fields() {
            super(ProxyVariant.JAVA_API);
        }
    }

    @Nested
    class Forwarding extends ForwardingSuite {
        Forwarding() {
            super(ProxyVariant.JAVA_API);
        }
    }

    @Nested
    class Methods extends MethodsSuite {
        Methods() {
            super(ProxyVariant.JAVA_API);
        }
    }

    @Nested
    class Bodies extends BodiesSuite {
        Bodies() {
            super(ProxyVariant.JAVA_API);
        }
    }

    @Nested
    class Streaming extends StreamingSuite {
        Streaming() {
            super(ProxyVariant.JAVA_API);
        }
    }

    @Nested
    class Failures extends FailuresSuite {
        Failures() {
            super(ProxyVariant.JAVA_API);
        }
    }

    @Nested
    class MessageSyntax extends MessageSyntaxSuite {
        MessageSyntax() {
            super(ProxyVariant.JAVA_API);
        }
    }
}
