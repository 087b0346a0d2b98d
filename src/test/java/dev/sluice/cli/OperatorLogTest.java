package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator.ExecutionStatus;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class OperatorLogTest {
    private final LoggerContext context = new LoggerContext();

    @BeforeEach
    void anEventCannotBeQueuedWithoutAnMdc() {
        context.setMDCAdapter(new LogbackMDCAdapter());
    }

    @Test
    void nobodyWaitsForABlockedOutputAndTheLossIsNamedLater() {
        BlockedOutput output = new BlockedOutput();
        OperatorLog log = log(output, 4);

        log.doAppend(event("first"));
        await().until(() -> output.blocked);
        for (int i = 0; i < 10; i++) log.doAppend(event("line " + i));
        output.release.countDown();
        await().until(() -> output.messages.size() == 5);
        log.doAppend(event("after"));
        log.stop();

        assertThat(output.messages)
                .containsExactly(
                        "first",
                        "line 0",
                        "line 1",
                        "line 2",
                        "line 3",
                        "6 log lines lost: standard output is not read fast enough",
                        "after");
    }

    @Test
    void stopWritesTheLastLines() {
        BlockedOutput output = new BlockedOutput();
        output.release.countDown();
        OperatorLog log = log(output, 1000);

        for (int i = 0; i < 1000; i++) log.doAppend(event("line " + i));
        log.stop();

        assertThat(output.messages).hasSize(1000).last().isEqualTo("line 999");
    }

    @ParameterizedTest
    @ValueSource(strings = {"info", "WARN", "off", "Trace"})
    void levelsAreTakenInAnyCase(String level) {
        assertThat(OperatorLog.wrongLevel(level)).isNull();
    }

    @Test
    void unknownLevelIsRefusedBecauseLogbackWouldTakeItForDebug() {
        assertThat(OperatorLog.wrongLevel("loud")).startsWith("SLUICE_LOG_LEVEL: \"loud\" is not a level (expected: ");
        assertThat(OperatorLog.wrongLevel(null)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "dev.sluice.drain.DrainHandler, drain",
        "dev.sluice.upstream.health.Tracker, health",
        "drain, drain",
        "dev.sluice.Sluice, Sluice",
        "org.eclipse.jetty.server.Server, jetty",
        "com.example.Thing, Thing"
    })
    void loggersAreCalledByTheirPart(String name, String part) {
        assertThat(ShortLogger.shorten(name)).isEqualTo(part);
    }

    @Test
    void embeddersKeepTheirOwnLog() {
        assertThat(new OperatorLogSetup().configure(context)).isEqualTo(ExecutionStatus.NEUTRAL);
        assertThat(context.getLogger("ROOT").iteratorForAppenders().hasNext()).isFalse();
    }

    @Test
    void jettySpeaksUpOnlyToWarnAndOurLevelIsTheOperators() {
        OperatorLogSetup.apply(context, "debug");
        try {
            assertThat(context.getLogger("dev.sluice.x").getEffectiveLevel()).isEqualTo(Level.DEBUG);
            assertThat(context.getLogger("org.eclipse.jetty.x").getEffectiveLevel())
                    .isEqualTo(Level.WARN);
            assertThat(context.getLogger("org.eclipse.jetty.http.HttpParser").getEffectiveLevel())
                    .isEqualTo(Level.ERROR);
            assertThat(context.getLogger("ROOT").getAppender("log")).isInstanceOf(OperatorLog.class);
        } finally {
            context.stop();
        }
    }

    private OperatorLog log(BlockedOutput output, int queueSize) {
        OperatorLog log = new OperatorLog();
        log.setContext(context);
        log.setQueueSize(queueSize);
        log.setDiscardingThreshold(0);
        log.setNeverBlock(true);
        output.setContext(context);
        output.start();
        log.addAppender(output);
        log.start();
        return log;
    }

    private ILoggingEvent event(String message) {
        return new LoggingEvent("test", context.getLogger("test"), Level.INFO, message, null, null);
    }

    /** Stands for a pipe that is not read until released. */
    private static final class BlockedOutput extends AppenderBase<ILoggingEvent> {
        final CountDownLatch release = new CountDownLatch(1);
        final List<String> messages = new CopyOnWriteArrayList<>();
        volatile boolean blocked;

        @Override
        protected void append(ILoggingEvent event) {
            blocked = true;
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            messages.add(event.getFormattedMessage());
        }
    }
}
