package dev.sluice.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request as an origin got it. The body grows as the script reads it. Safe for any thread. */
public final class ReceivedRequest {
    private final int connection;
    private final int number;
    private final byte[] head;
    private final String method;
    private final String target;
    private final String version;
    private final List<Field> fields;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final ByteArrayOutputStream rawBody = new ByteArrayOutputStream();
    private final BodySum.Running sum = new BodySum.Running();
    private List<Field> trailers = List.of();
    private boolean complete;

    ReceivedRequest(int connection, int number, byte[] head, String line, List<Field> fields) {
        this.connection = connection;
        this.number = number;
        this.head = head;
        this.fields = fields;
        int first = line.indexOf(' ');
        int last = line.lastIndexOf(' ');
        this.method = first < 0 ? line : line.substring(0, first);
        this.target = last > first ? line.substring(first + 1, last) : "";
        this.version = last < 0 ? "" : line.substring(last + 1);
    }

    synchronized void bodyPiece(byte[] bytes, int length) {
        sum.add(bytes, 0, length);
        if (body.size() < WireReader.KEPT) body.write(bytes, 0, Math.min(length, WireReader.KEPT - body.size()));
    }

    /** Returns whether more of it is wanted. */
    synchronized boolean bodyRaw(byte[] raw) {
        rawBody.write(raw, 0, Math.min(raw.length, WireReader.KEPT - rawBody.size()));
        return rawBody.size() < WireReader.KEPT;
    }

    synchronized void bodyEnd(List<Field> trailerFields) {
        trailers = trailerFields;
        complete = true;
    }

    /** Number of the connection at its origin, from 1. */
    public int connection() {
        return connection;
    }

    /** Number of the request on its connection, from 1. */
    public int number() {
        return number;
    }

    /** The exact bytes of request line and fields, the empty line included. */
    public byte[] head() {
        return head.clone();
    }

    /** The head as text, one character for each byte. */
    public String headText() {
        return new String(head, StandardCharsets.ISO_8859_1);
    }

    public String method() {
        return method;
    }

    /** The request target, byte for byte. */
    public String target() {
        return target;
    }

    /** The target without its query. */
    public String path() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    public String version() {
        return version;
    }

    public List<Field> fields() {
        return fields;
    }

    public List<String> values(String name) {
        return Field.values(fields, name);
    }

    public @Nullable String field(String name) {
        return Field.first(fields, name);
    }

    /** The decoded body as far as it was read, at most {@link WireReader#KEPT} bytes. */
    public synchronized byte[] body() {
        return body.toByteArray();
    }

    /** The body as it was framed on the wire, as far as it was read, at most {@link WireReader#KEPT} bytes. */
    public synchronized byte[] rawBody() {
        return rawBody.toByteArray();
    }

    public synchronized BodySum bodySum() {
        return sum.sum();
    }

    public synchronized List<Field> trailers() {
        return trailers;
    }

    /** Whether the body was read to its proper end. */
    public synchronized boolean complete() {
        return complete;
    }

    @Override
    public String toString() {
        return method + " " + target + " " + version + " (connection " + connection + ", request " + number + ")";
    }
}
