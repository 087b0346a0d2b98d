package dev.sluice.cli;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue between the threads that log and standard output; {@link OperatorLogSetup} puts it in place.
 *
 * <p>Standard output may be a pipe that nobody reads or a file on a full disk. A thread that moves bytes of exchanges
 * must not wait for it, so what does not fit is dropped, counted, and named in the log as soon as there is room again.
 */
public final class OperatorLog extends AsyncAppender {
    /** The variable of the environment that sets the level. */
    static final String LEVEL_VARIABLE = "SLUICE_LOG_LEVEL";

    private static final Set<String> LEVELS = Set.of("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "OFF");

    private final AtomicLong lost = new AtomicLong();

    @Override
    protected void append(ILoggingEvent event) {
        // Not atomic with the offer inside: threads that race for the last places may lose a line that is not counted.
        if (getRemainingCapacity() == 0) {
            lost.incrementAndGet();
            return;
        }
        long count = lost.get() == 0 ? 0 : lost.getAndSet(0);
        if (count > 0) super.append(loss(count));
        super.append(event);
    }

    private LoggingEvent loss(long count) {
        LoggerContext context = (LoggerContext) getContext();
        String message = count + " log lines lost: standard output is not read fast enough";
        return new LoggingEvent(
                OperatorLog.class.getName(), context.getLogger(OperatorLog.class), Level.WARN, message, null, null);
    }

    /**
     * Writes out what is queued, for as long as {@code maxFlushTime} allows, and ends logging. To be called last before
     * the process exits: the thread that writes is a daemon. Logback's own shutdown hook would do it too early, while
     * the drain still has things to say.
     */
    static void close() {
        // More than one thread may come here at exit; each must return only after the last line is out.
        synchronized (OperatorLog.class) {
            if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
                context.getLogger(Logger.ROOT_LOGGER_NAME).detachAndStopAllAppenders();
            }
        }
    }

    /**
     * Checks a level before Logback sees it, which takes every word that it does not know for DEBUG.
     *
     * @return what is wrong, or null when nothing is
     */
    static @Nullable String wrongLevel(@Nullable String level) {
        if (level == null || LEVELS.contains(level.toUpperCase(Locale.ROOT))) return null;
        return LEVEL_VARIABLE + ": \"" + level + "\" is not a level (expected: TRACE, DEBUG, INFO, WARN, ERROR or OFF)";
    }
}
