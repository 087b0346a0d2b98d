package dev.sluice.cli;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;

/**
 * The part of Sluice that speaks, in one word: {@code dev.sluice.drain.DrainHandler} becomes {@code drain}. All of Jetty
 * is {@code jetty}; anything else keeps the last part of its name.
 */
public final class ShortLogger extends ClassicConverter {
    private static final String OURS = "dev.sluice.";

    @Override
    public String convert(ILoggingEvent event) {
        return shorten(event.getLoggerName());
    }

    static String shorten(String name) {
        if (name.startsWith("org.eclipse.jetty.")) return "jetty";
        int lastDot = name.lastIndexOf('.');
        if (!name.startsWith(OURS) || lastDot < OURS.length()) return name.substring(lastDot + 1);
        return name.substring(name.lastIndexOf('.', lastDot - 1) + 1, lastDot);
    }
}
