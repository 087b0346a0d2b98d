package dev.sluice.drill;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a drill came to, for programs. Moments are milliseconds from the beginning of the stop, or of the restart; everything lost is named, of
 * the rest there are numbers.
 */
public final class JsonReport {
    private JsonReport() {}

    /** The document, with a line end. */
    public static String of(DrillResult result) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        DrillPlan plan = result.plan();
        document.put("drill", plan.what().name().toLowerCase(Locale.ROOT));
        document.put("configuration", plan.source());
        document.put("backends", plan.real() ? "real" : "stand-in");
        document.put("clients", result.lanes().size());
        document.put("verdict", TextReport.verdict(result));
        document.put("nothingLost", result.tally().lost() == 0);
        document.put("requests", counts(result));
        document.put("byKind", byKind(result));
        document.put("moments", moments(result.moments()));
        document.put("drain", drain(result.drain()));
        document.put("contradictions", result.contradictions());
        document.put(
                "lost",
                result.lost().stream().map(s -> named(s, result.moments())).toList());
        try {
            return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(document) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("strings, lists and numbers are always JSON", e);
        }
    }

    private static Map<String, Object> counts(DrillResult result) {
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("sent", result.tally().sent());
        for (Outcome outcome : Outcome.values())
            counts.put(name(outcome), result.tally().of(outcome));
        counts.put("connectionsClosedIdle", result.tally().closedIdle());
        return counts;
    }

    private static List<Object> byKind(DrillResult result) {
        List<Object> kinds = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            if (result.lanes().stream().noneMatch(lane -> lane.kind() == kind)) continue;
            Map<String, Object> of = new LinkedHashMap<>();
            of.put("kind", kind.label());
            of.put("ended", result.tally().ended(kind));
            for (Outcome outcome : Outcome.values())
                of.put(name(outcome), result.tally().of(kind, outcome));
            kinds.add(of);
        }
        return kinds;
    }

    /** {@code TOLD_TO_CLOSE} becomes {@code toldToClose}. */
    private static String name(Outcome outcome) {
        StringBuilder name = new StringBuilder();
        for (String word : outcome.name().toLowerCase(Locale.ROOT).split("_"))
            name.append(name.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        return name.toString();
    }

    private static Map<String, Object> moments(Moments at) {
        Map<String, Object> moments = new LinkedHashMap<>();
        Map<String, Object> closed = new LinkedHashMap<>();
        at.listenersClosed().forEach((name, when) -> closed.put(name, DrillResult.millis(at.stop(), when)));
        if (at.successor() >= 0) moments.put("successorServes", DrillResult.millis(at.stop(), at.successor()));
        moments.put("listenersClosed", closed);
        moments.put("lingerOver", DrillResult.millis(at.stop(), at.lingerOver()));
        moments.put("deadline", DrillResult.millis(at.stop(), at.deadline()));
        moments.put("stopped", DrillResult.millis(at.stop(), at.over()));
        return moments;
    }

    private static Map<String, Object> drain(DrainSide drain) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("requests", drain.requests());
        all.put("tookMillis", drain.tookMillis());
        all.put("finished", drain.finished());
        all.put("toldToClose", drain.toldToClose());
        all.put("closedIdle", drain.closedIdle());
        all.put("unfinishedHeads", drain.unfinishedHeads());
        all.put("cut", drain.cut());
        return all;
    }

    private static Map<String, Object> named(Sent sent, Moments at) {
        Map<String, Object> named = new LinkedHashMap<>();
        named.put("outcome", name(sent.outcome()));
        named.put("listener", sent.lane().listener());
        named.put("kind", sent.lane().kind().label());
        named.put("client", sent.lane().number());
        named.put("protocol", sent.lane().http2() ? "HTTP/2" : "HTTP/1.1");
        named.put("method", sent.method());
        named.put("path", sent.path());
        named.put("phase", sent.phase().label());
        named.put("how", sent.how());
        named.put("began", DrillResult.millis(at.stop(), sent.began()));
        named.put("ended", DrillResult.millis(at.stop(), sent.ended()));
        named.put("receivedBytes", sent.received());
        return named;
    }
}
