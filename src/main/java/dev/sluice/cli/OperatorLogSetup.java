package dev.sluice.cli;

import ch.qos.logback.classic.ClassicConstants;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The operator's log: standard output, one line an event. {@value OperatorLog#LEVEL_VARIABLE} sets the level, that
 * of Jetty is WARN at least.
 *
 * <p>Logback finds this class as a service, and it does nothing unless the process is a {@code sluice} command: whoever
 * embeds Sluice has a log of their own. It is code because reading the same from XML takes a quarter of a second, at
 * every start. {@code -Dlogback.configurationFile} still names an XML file to use instead.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_NORMAL_PRIORITY)
public final class OperatorLogSetup extends ContextAwareBase implements Configurator {
    /**
     * Paths and names come from strangers: control characters would forge lines or drive a terminal. A stack trace
     * follows only where an exception was logged with its line, which is done for bugs alone.
     */
    private static final String PATTERN =
            "%d{\"yyyy-MM-dd'T'HH:mm:ss.SSSXXX\"} %-5level %-8part %replace(%msg){'[\\x00-\\x1f\\x7f-\\x9f]','?'}%n";

    private static final int QUEUED = 8192;
    private static final int FLUSH_MILLIS = 2000;

    private static volatile @Nullable String wanted;

    /**
     * To be called before anything logs.
     *
     * @param usual the level where the environment names none
     */
    static void want(String usual) {
        wanted = usual;
    }

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        String usual = wanted;
        if (usual == null || System.getProperty(ClassicConstants.CONFIG_FILE_PROPERTY) != null)
            return ExecutionStatus.NEUTRAL;
        String named = System.getenv(OperatorLog.LEVEL_VARIABLE);
        apply(context, named == null || named.isEmpty() ? usual : named);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** @param level one that {@link OperatorLog#wrongLevel} lets pass; null for INFO */
    static void apply(LoggerContext context, @Nullable String level) {
        Level own = Level.toLevel(level, Level.INFO);
        context.getLogger("org.eclipse.jetty").setLevel(own.isGreaterOrEqual(Level.WARN) ? own : Level.WARN);
        // These two warn of every bad request, in the client's own words; the third repeats what we say of XML files.
        context.getLogger("org.eclipse.jetty.http.HttpParser").setLevel(Level.ERROR);
        context.getLogger("org.eclipse.jetty.util.HostPort").setLevel(Level.ERROR);
        context.getLogger("org.eclipse.jetty.xml.XmlConfiguration").setLevel(Level.ERROR);
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(own);
        root.addAppender(queued(context, standardOutput(context)));
    }

    /** Threads that serve exchanges must not wait for a full pipe or disk, so: a bounded queue, drop and count. */
    private static OperatorLog queued(LoggerContext context, ConsoleAppender<ILoggingEvent> output) {
        OperatorLog log = new OperatorLog();
        log.setContext(context);
        log.setName("log");
        log.setQueueSize(QUEUED);
        // Nothing is dropped before the queue is full.
        log.setDiscardingThreshold(0);
        log.setNeverBlock(true);
        log.setMaxFlushTime(FLUSH_MILLIS);
        log.addAppender(output);
        log.start();
        return log;
    }

    private static ConsoleAppender<ILoggingEvent> standardOutput(LoggerContext context) {
        PatternLayout layout = new PatternLayout();
        layout.setContext(context);
        layout.getInstanceConverterMap().put("part", ShortLogger::new);
        layout.setPattern(PATTERN);
        layout.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setContext(context);
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setLayout(layout);
        encoder.start();
        ConsoleAppender<ILoggingEvent> output = new ConsoleAppender<>();
        output.setContext(context);
        output.setName("stdout");
        output.setEncoder(encoder);
        output.start();
        return output;
    }
}
