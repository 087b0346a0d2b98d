package dev.sluice.conformance;

import dev.sluice.testkit.ProxyVariant;
import org.junit.jupiter.api.Nested;

/**
 * Every suite against the proxy inside this process, which alone can be tuned in all respects, with the transport that it
 * chooses itself: connections of its own. {@link HttpClientConformanceTest} has the same over the other one.
 */
class EmbeddedConformanceTest {
    @Nested
    class Targets extends TargetsSuite {
        Targets() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class BasePaths extends BasePathsSuite {
        BasePaths() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class Fields extends FieldsSuite {
        Fields() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class Forwarding extends ForwardingSuite {
        Forwarding() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class Methods extends MethodsSuite {
        Methods() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class Bodies extends BodiesSuite {
        Bodies() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class Streaming extends StreamingSuite {
        Streaming() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class Failures extends FailuresSuite {
        Failures() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class MessageSyntax extends MessageSyntaxSuite {
        MessageSyntax() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class AnswerSyntax extends AnswerSyntaxSuite {
        AnswerSyntax() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class Http2Syntax extends Http2SyntaxSuite {
        Http2Syntax() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class TrustedPeers extends TrustedPeersSuite {
        TrustedPeers() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class Timeouts extends TimeoutsSuite {
        Timeouts() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class TotalTimeout extends TotalTimeoutSuite {
        TotalTimeout() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class Queue extends QueueSuite {
        Queue() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class PooledConnections extends PooledConnectionsSuite {
        PooledConnections() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class KeepAlive extends KeepAliveSuite {
        KeepAlive() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class Upgrades extends UpgradeSuite {
        Upgrades() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class Http2Backends extends Http2BackendSuite {
        Http2Backends() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class GrpcCalls extends GrpcSuite {
        GrpcCalls() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class EventStreams extends EventStreamSuite {
        EventStreams() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class EarlyAnswers extends EarlyAnswersSuite {
        EarlyAnswers() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class OddClients extends OddClientsSuite {
        OddClients() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class OddBackends extends OddBackendsSuite {
        OddBackends() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class UnixSockets extends UnixSocketSuite {
        UnixSockets() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class AnnouncedClients extends AnnouncedClientsSuite {
        AnnouncedClients() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class OddBackendsAtOnce extends OddBackendsAtOnceSuite {
        OddBackendsAtOnce() {
            super(ProxyVariant.EMBEDDED);
        }
    }

    @Nested
    class BackendTls extends BackendTlsSuite {
        BackendTls() {
            super(ProxyVariant.EMBEDDED);
        }
    }
}
