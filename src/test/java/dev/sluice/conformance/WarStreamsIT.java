package dev.sluice.conformance;

import dev.sluice.testkit.Once;
import dev.sluice.testkit.WarProxy;
import org.junit.jupiter.api.Nested;

/**
 * As {@link WarConformanceIT}: streams, upgraded connections, and whatever else goes on for longer than a request and a
 * response. A class of its own so that another JVM can have it at the same time.
 */
@Once
class WarStreamsIT {
    @Nested
    class Streaming extends StreamingSuite {
        Streaming() {
            super(WarProxy::start);
        }
    }

    @Nested
    class Upgrades extends UpgradeSuite {
        Upgrades() {
            super(WarProxy::start);
        }
    }

    @Nested
    class WebSockets extends WebSocketSuite {
        WebSockets() {
            super(WarProxy::start);
        }
    }

    @Nested
    class Http2Backends extends Http2BackendSuite {
        Http2Backends() {
            super(WarProxy::start);
        }
    }

    @Nested
    class GrpcCalls extends GrpcSuite {
        GrpcCalls() {
            super(WarProxy::start);
        }
    }

    @Nested
    class EventStreams extends EventStreamSuite {
        EventStreams() {
            super(WarProxy::start);
        }
    }

    @Nested
    class EarlyAnswers extends EarlyAnswersSuite {
        EarlyAnswers() {
            super(WarProxy::start);
        }
    }
}
