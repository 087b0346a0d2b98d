package dev.sluice.drain;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Locale;

/** What is said of a drain before its end, in words and as JSON. */
final class PlanText {
    private static final JsonFactory JSON = new JsonFactory();

    private PlanText() {}

    /** For people: a few lines, each ended. */
    static String words(DrainPlan plan) {
        StringBuilder text = new StringBuilder("If the drain began now: ");
        text.append(count(plan.underWay(), "exchange")).append(" under way");
        if (plan.underWay() > 0) {
            text.append(", of which ").append(plan.finish()).append(" would finish");
            text.append(", ").append(plan.cut()).append(" would be cut");
            if (plan.unknown() > 0) text.append(", ").append(plan.unknown()).append(" nobody can tell");
        }
        text.append("; ").append(count(plan.idle(), "idle connection")).append(" would be closed.\n");
        String bound = plan.cut() + plan.unknown() > 0 ? "It would take up to " : "It would take about ";
        text.append(bound).append(time(plan.takes()));
        text.append(" (deadline ").append(time(plan.deadline())).append(")");
        if (!plan.announce().isZero())
            text.append(", after ").append(time(plan.announce())).append(" of announcement");
        text.append(".\n");
        for (DrainPlan.AtRisk at : plan.atRisk())
            text.append("  ").append(at.inWords()).append('\n');
        int more = plan.cut() + plan.unknown() - plan.atRisk().size();
        if (more > 0) text.append("  and ").append(more).append(" more\n");
        return text.toString();
    }

    static String json(DrainPlan plan) {
        return object(json -> members(json, plan));
    }

    static String json(DrainProgress progress) {
        return object(json -> members(json, progress));
    }

    private interface Members {
        void write(JsonGenerator json) throws IOException;
    }

    private static String object(Members members) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            members.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // Memory does not fail to be written to.
        }
        return text.toString();
    }

    private static void members(JsonGenerator json, DrainPlan plan) throws IOException {
        json.writeNumberField("deadlineMillis", plan.deadline().toMillis());
        json.writeNumberField("announceMillis", plan.announce().toMillis());
        json.writeNumberField("takesMillis", plan.takes().toMillis());
        json.writeNumberField("underWay", plan.underWay());
        json.writeNumberField("finish", plan.finish());
        json.writeNumberField("cut", plan.cut());
        json.writeNumberField("unknown", plan.unknown());
        json.writeNumberField("idle", plan.idle());
        json.writeArrayFieldStart("atRisk");
        for (DrainPlan.AtRisk at : plan.atRisk()) {
            json.writeStartObject();
            if (!Double.isNaN(at.chance())) json.writeNumberField("chance", at.chance());
            LedgerJson.members(json, at.exchange());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void members(JsonGenerator json, DrainProgress progress) throws IOException {
        json.writeStringField("state", progress.state());
        json.writeNumberField("pid", ProcessHandle.current().pid());
        json.writeNumberField("underWay", progress.underWay());
        json.writeNumberField("connections", progress.connections());
        if (!progress.state().equals("draining")) return;
        json.writeNumberField("leftMillis", progress.left().toMillis());
        json.writeNumberField("tookMillis", progress.soFar().took().toMillis());
        LedgerJson.counts(json, progress.soFar());
        LedgerJson.connections(json, progress.soFar());
    }

    private static String count(int n, String what) {
        return n + " " + what + (n == 1 ? "" : "s");
    }

    /** {@code 350 ms}, {@code 2.1 s}, {@code 31 s}. */
    static String time(Duration time) {
        long millis = time.toMillis();
        if (millis < 1_000) return millis + " ms";
        if (millis < 10_000 && millis % 1_000 != 0) return String.format(Locale.ROOT, "%.1f s", millis / 1_000.0);
        return Math.round(millis / 1_000.0) + " s";
    }
}
