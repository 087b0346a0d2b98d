package dev.sluice.drain;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A ledger as a JSON document, written piece by piece. docs/drain.md explains each of its members. */
final class LedgerJson {
    /** Raised when a member changes its meaning or goes; members may be added without that. */
    private static final int VERSION = 1;

    private static final JsonFactory JSON = new JsonFactory();

    private final Ledger ledger;

    LedgerJson(Ledger ledger) {
        this.ledger = ledger;
    }

    /** On one line, with at most so many of the exchanges that were cut. */
    String line(int most) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            write(json, most);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // Memory does not fail to be written to.
        }
        return text.toString();
    }

    /** All of it, for people too. Closes the stream. */
    void write(OutputStream out) throws IOException {
        try (JsonGenerator json = JSON.createGenerator(out).useDefaultPrettyPrinter()) {
            write(json, Integer.MAX_VALUE);
            json.writeRaw('\n');
        }
    }

    private void write(JsonGenerator json, int most) throws IOException {
        json.writeStartObject();
        json.writeNumberField("version", VERSION);
        json.writeNumberField("pid", ProcessHandle.current().pid());
        json.writeStringField("trigger", ledger.trigger());
        time(json, "announced", ledger.announced());
        time(json, "began", ledger.began());
        time(json, "ended", ledger.began().plus(ledger.total().took()));
        json.writeNumberField("tookMillis", ledger.total().took().toMillis());
        json.writeNumberField("lingerMillis", ledger.linger().toMillis());
        json.writeNumberField("deadlineMillis", ledger.deadline().toMillis());
        json.writeStringField("outcome", ledger.total().isClean() ? "clean" : "cut");
        json.writeObjectFieldStart("total");
        counts(json, ledger.total());
        connections(json, ledger.total());
        json.writeEndObject();
        listeners(json);
        parts(json, "routes", ledger.routes());
        parts(json, "backends", ledger.backends());
        cut(json, most);
        json.writeEndObject();
    }

    private static void time(JsonGenerator json, String name, @Nullable Instant when) throws IOException {
        if (when != null)
            json.writeStringField(name, when.truncatedTo(ChronoUnit.MILLIS).toString());
    }

    private void listeners(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("listeners");
        for (Ledger.Part part : ledger.listeners()) {
            json.writeStartObject();
            json.writeStringField("name", part.name());
            json.writeNumberField("tookMillis", part.summary().took().toMillis());
            counts(json, part.summary());
            connections(json, part.summary());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void parts(JsonGenerator json, String name, List<Ledger.Part> parts) throws IOException {
        json.writeArrayFieldStart(name);
        for (Ledger.Part part : parts) {
            json.writeStartObject();
            json.writeStringField("name", part.name());
            counts(json, part.summary());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** Of exchanges. */
    static void counts(JsonGenerator json, DrainSummary summary) throws IOException {
        json.writeNumberField("finished", summary.finished());
        json.writeNumberField("toldToClose", summary.toldToClose());
        json.writeNumberField("endedEarly", summary.endedEarly());
        json.writeNumberField("refused", summary.refused());
        json.writeNumberField("cut", summary.cut());
    }

    /** Of connections, which belong to no route. */
    static void connections(JsonGenerator json, DrainSummary summary) throws IOException {
        json.writeNumberField("closedIdle", summary.closedIdle());
        json.writeNumberField("closedInHead", summary.unfinishedHeads());
    }

    private void cut(JsonGenerator json, int most) throws IOException {
        json.writeArrayFieldStart("cut");
        List<CutExchange> cut = ledger.cut();
        for (CutExchange exchange : cut.subList(0, Math.min(most, cut.size()))) exchange(json, exchange);
        json.writeEndArray();
        if (cut.size() > most) json.writeNumberField("cutNotListed", cut.size() - most);
    }

    private static void exchange(JsonGenerator json, CutExchange exchange) throws IOException {
        json.writeStartObject();
        members(json, exchange);
        json.writeEndObject();
    }

    /** Into an object that has begun. */
    static void members(JsonGenerator json, CutExchange exchange) throws IOException {
        json.writeStringField("listener", exchange.listener());
        json.writeStringField("client", exchange.client());
        json.writeStringField("method", exchange.method());
        json.writeStringField("path", exchange.path());
        json.writeStringField("route", exchange.route());
        json.writeStringField("backend", exchange.backend());
        json.writeStringField("phase", exchange.phase());
        json.writeNumberField("ageMillis", exchange.age().toMillis());
        json.writeNumberField("received", exchange.received());
        json.writeNumberField("sent", exchange.sent());
    }
}
