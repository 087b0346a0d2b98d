package dev.sluice.conformance;

import dev.sluice.testkit.Once;
import dev.sluice.testkit.WarProxy;
import org.junit.jupiter.api.Nested;

/**
 * The suites in which the container has a part, against the WAR in the project's base: a Jetty of its own for each suite.
 * {@link WarStreamsIT} has those about what takes its time. Not those about the way to the backends (timeouts, queue,
 * pooled connections): that is the same code in every container, and they wait for most of their time.
 */
@Once
class WarConformanceIT {
    @Nested
    class Targets extends TargetsSuite {
        Targets() {
            super(WarProxy::start);
        }
    }

    @Nested
    class BasePaths extends BasePathsSuite {
        BasePaths() {
            super(WarProxy::start);
        }
    }

    @Nested
    class Fields extends FieldsSuite {
        Fields() {
            super(WarProxy::start);
        }
    }

    @Nested
    class Forwarding extends ForwardingSuite {
        Forwarding() {
            super(WarProxy::start);
        }
    }

    @Nested
    class Methods extends MethodsSuite {
        Methods() {
            super(WarProxy::start);
        }
    }

    @Nested
    class Bodies extends BodiesSuite {
        Bodies() {
            super(WarProxy::start);
        }
    }

    @Nested
    class Failures extends FailuresSuite {
        Failures() {
            super(WarProxy::start);
        }
    }

    @Nested
    class MessageSyntax extends MessageSyntaxSuite {
        MessageSyntax() {
            super(WarProxy::start);
        }
    }

    @Nested
    class TrustedPeers extends TrustedPeersSuite {
        TrustedPeers() {
            super(WarProxy::start);
        }
    }

    @Nested
    class OddClients extends OddClientsSuite {
        OddClients() {
            super(WarProxy::start);
        }
    }

    @Nested
    class UnixSockets extends UnixSocketSuite {
        UnixSockets() {
            super(WarProxy::start);
        }
    }

    @Nested
    class AnnouncedClients extends AnnouncedClientsSuite {
        AnnouncedClients() {
            super(WarProxy::start);
        }
    }

    @Nested
    class BackendTls extends BackendTlsSuite {
        BackendTls() {
            super(WarProxy::start);
        }
    }
}
