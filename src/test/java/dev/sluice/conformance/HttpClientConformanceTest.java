package dev.sluice.conformance;

import dev.sluice.testkit.Once;
import dev.sluice.testkit.ProxyVariant;
import org.junit.jupiter.api.Nested;

/**
 * Every suite once more with Jetty's HttpClient on the way to the backends: it serves https backends, and all in a container
 * that is not ours.
 */
@Once
class HttpClientConformanceTest {
    @Nested
    class Targets extends TargetsSuite {
        Targets() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class BasePaths extends BasePathsSuite {
        BasePaths() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class Fields extends FieldsSuite {
        Fields() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class Forwarding extends ForwardingSuite {
        Forwarding() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class Methods extends MethodsSuite {
        Methods() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class Bodies extends BodiesSuite {
        Bodies() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class Streaming extends StreamingSuite {
        Streaming() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class Failures extends FailuresSuite {
        Failures() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class MessageSyntax extends MessageSyntaxSuite {
        MessageSyntax() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class AnswerSyntax extends AnswerSyntaxSuite {
        AnswerSyntax() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class Http2Syntax extends Http2SyntaxSuite {
        Http2Syntax() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class TrustedPeers extends TrustedPeersSuite {
        TrustedPeers() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class Timeouts extends TimeoutsSuite {
        Timeouts() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class TotalTimeout extends TotalTimeoutSuite {
        TotalTimeout() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class Queue extends QueueSuite {
        Queue() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class PooledConnections extends PooledConnectionsSuite {
        PooledConnections() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class KeepAlive extends KeepAliveSuite {
        KeepAlive() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class Upgrades extends UpgradeSuite {
        Upgrades() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class EventStreams extends EventStreamSuite {
        EventStreams() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class EarlyAnswers extends EarlyAnswersSuite {
        EarlyAnswers() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class OddClients extends OddClientsSuite {
        OddClients() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class UnixSockets extends UnixSocketSuite {
        UnixSockets() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class AnnouncedClients extends AnnouncedClientsSuite {
        AnnouncedClients() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class OddBackends extends OddBackendsSuite {
        OddBackends() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class OddBackendsAtOnce extends OddBackendsAtOnceSuite {
        OddBackendsAtOnce() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class Http2Backends extends Http2BackendSuite {
        Http2Backends() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }

    @Nested
    class BackendTls extends BackendTlsSuite {
        BackendTls() {
            super(ProxyVariant.EMBEDDED_HTTPCLIENT);
        }
    }
}
