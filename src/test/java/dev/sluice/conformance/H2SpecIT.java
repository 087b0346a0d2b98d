package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.H2Spec;
import dev.sluice.testkit.JarProxy;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.ProxySetup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What h2spec, which tests the wording of RFC 7540, finds in the jar. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@Once
class H2SpecIT {
    private static final int CASES = 146;

    /** Cases that ask for what RFC 9113 asks for no longer, and why. */
    private static final Map<String, String> CHANGED = Map.of(
            "http2/5.1/8",
            "DATA after RST_STREAM: a must of RFC 7540 §5.1, in RFC 9113 §5.1 a may; frames on closed streams may be dropped",
            "http2/5.1/11",
            "DATA after the end of both sides: a must of RFC 7540 §5.1, in RFC 9113 §5.1 a may; the frame may be dropped");

    /** Cases about streams that the client alone has ended meet a stream that has not been answered yet. */
    private static final long THINKING = Duration.ofMillis(20).toNanos();

    private @TempDir Path directory = Path.of("");

    @TestFactory
    Stream<DynamicNode> everyCasePassesButThoseThatTheStandardHasChanged() throws Exception {
        try (FaultyOrigin origin = FaultyOrigin.start();
                JarProxy proxy = JarProxy.start(ProxySetup.to(origin.url()), directory)) {
            origin.otherwise((request, exchange) -> {
                exchange.readBody();
                LockSupport.parkNanos(THINKING);
                exchange.answer(200, "long enough to be cut into several frames by a small window");
            });
            List<DynamicNode> nodes = List.of(
                    cases(ClientProtocol.H2C, H2Spec.run(ClientProtocol.H2C, proxy, directory)),
                    cases(ClientProtocol.H2, H2Spec.run(ClientProtocol.H2, proxy, directory)));
            return nodes.stream();
        }
    }

    private static DynamicNode cases(ClientProtocol protocol, List<H2Spec.Result> results) {
        DynamicTest whole = dynamicTest("the whole suite has run", () -> {
            assertThat(results).hasSize(CASES);
            assertThat(results).extracting(H2Spec.Result::id).containsAll(CHANGED.keySet());
        });
        return dynamicContainer(
                protocol.toString(),
                Stream.concat(Stream.of(whole), results.stream().map(H2SpecIT::test)));
    }

    private static DynamicTest test(H2Spec.Result result) {
        String changed = CHANGED.get(result.id());
        return dynamicTest(result.id() + " " + result.title(), () -> {
            if (changed == null) assertThat(result.failure()).isNull();
            else
                assertThat(result.failure())
                        .as("passes, so it is no exception: " + changed)
                        .isNotNull();
        });
    }
}
