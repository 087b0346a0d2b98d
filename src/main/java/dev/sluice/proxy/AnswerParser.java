package dev.sluice.proxy;

import dev.sluice.proxy.ProxyFailure.Kind;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * What a backend answers (RFC 9112 §4 to §7), one event at a time, and what is known of the answer by then. Not safe for
 * use by several threads.
 */
final class AnswerParser implements HttpParser.ResponseHandler {
    /** What the parser has come upon. */
    enum Event {
        /** It wants more bytes. */
        NONE,
        /** Status and fields are complete. */
        HEAD,
        /** A part of the body: {@link #takeContent}. */
        CONTENT,
        /** The end of the message. */
        END,
        /** This is no answer: {@link #broken} says why. */
        BROKEN
    }

    private final HttpParser parser;
    private Event event = Event.NONE;
    private @Nullable ByteBuffer content;
    private @Nullable String broken;
    private Kind brokenKind = Kind.CLOSED;
    private @Nullable HttpVersion version;
    private int status;
    private HttpFields.Mutable fields = HttpFields.build();
    private HttpFields.@Nullable Mutable trailers;
    private boolean persistent;
    private boolean ended;
    private long idleLimit = IdleLimit.NONE;

    /** @param headerSize of status line and fields together, in bytes */
    AnswerParser(int headerSize) {
        parser = new HttpParser(this, headerSize, HttpCompliance.RFC7230);
        // One for each connection would cost more than it saves: it is large, and what a backend says differs.
        parser.setHeaderCacheSize(0);
        // A cache that ignores case would change how the backend wrote its values.
        parser.setHeaderCacheCaseSensitive(true);
    }

    /** @param toHead whether the answer is one to HEAD, and so has no body whatever it says of one (RFC 9110 §9.3.2) */
    void expect(boolean toHead) {
        parser.setHeadResponse(toHead);
    }

    /** Gets ready for the next message; fields that were asked for stay with whoever has them. */
    void next(boolean toHead) {
        parser.reset();
        parser.setHeadResponse(toHead);
        fields = HttpFields.build();
        trailers = null;
    }

    /** Takes bytes until there is something to tell, or all of them. */
    Event parse(ByteBuffer bytes) {
        event = Event.NONE;
        parser.parseNext(bytes);
        return event;
    }

    /** The backend has closed its side: {@link #parse} then tells what that means. */
    void atEnd() {
        ended = true;
        parser.atEOF();
    }

    /** Makes {@link Event#BROKEN} of it. */
    Event fail(Kind kind, String why) {
        event = Event.BROKEN;
        brokenKind = kind;
        broken = why;
        return event;
    }

    int status() {
        return status;
    }

    @Nullable
    HttpVersion version() {
        return version;
    }

    /** The caller's from {@link Event#HEAD} on: the next answer gets others. */
    HttpFields fields() {
        return fields;
    }

    @Nullable
    HttpFields trailers() {
        return trailers;
    }

    /** Whether nothing in the answer speaks against another one on the same connection (RFC 9112 §9.3). */
    boolean isPersistent() {
        return persistent && !parser.isTerminated() && !AnswerRules.mayBeFollowed(status, fields);
    }

    /** For how long the connection may be unused from here on, in nanoseconds, as its last answers had it. */
    long idleLimit() {
        return idleLimit;
    }

    /** The part of the input that {@link Event#CONTENT} told of. */
    ByteBuffer takeContent() {
        ByteBuffer bytes = Objects.requireNonNull(content);
        content = null;
        return bytes;
    }

    String broken() {
        return Objects.requireNonNullElse(broken, "backend closed the connection");
    }

    Kind brokenKind() {
        return brokenKind;
    }

    // What the parser reports.

    @Override
    public void startResponse(HttpVersion httpVersion, int code, @Nullable String reason) {
        version = httpVersion;
        status = code;
        persistent = httpVersion == HttpVersion.HTTP_1_1;
    }

    @Override
    public void parsedHeader(HttpField field) {
        if (field.getHeader() == HttpHeader.CONNECTION
                && !"keep-alive".equalsIgnoreCase(field.getValue())
                && field.contains("close")) persistent = false;
        if (field.getHeader() == HttpHeader.KEEP_ALIVE) idleLimit = KeepAlive.announced(field.getValue());
        fields.add(field);
    }

    @Override
    public boolean headerComplete() {
        event = Event.HEAD;
        return true;
    }

    @Override
    public boolean content(ByteBuffer bytes) {
        content = bytes;
        event = Event.CONTENT;
        return true;
    }

    @Override
    public boolean contentComplete() {
        return false;
    }

    @Override
    public void parsedTrailer(HttpField field) {
        if (trailers == null) trailers = HttpFields.build();
        trailers.add(field);
    }

    @Override
    public boolean messageComplete() {
        // Jetty forgives a missing end of the trailers; but then some of them may be missing too (RFC 9112 §7.1).
        if (ended && parser.isChunking())
            fail(Kind.CLOSED, "backend closed the connection before the end of the trailers");
        else event = Event.END;
        return true;
    }

    @Override
    public void earlyEOF() {
        fail(Kind.CLOSED, "backend closed the connection");
    }

    @Override
    public void badMessage(HttpException failure) {
        fail(Kind.BAD_ANSWER, Objects.requireNonNullElse(failure.getReason(), "bad answer"));
    }
}
