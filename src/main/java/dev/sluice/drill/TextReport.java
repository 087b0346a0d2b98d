package dev.sluice.drill;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What a drill came to, for a person at a terminal: the verdict is the last line. */
public final class TextReport {
    /** Losses that are named one by one; the JSON has all of them. */
    private static final int NAMED = 20;

    private static final int LABEL = 18;
    private static final int COLUMN = 15;
    private static final String RED = "\u001b[1;31m";
    private static final String GREEN = "\u001b[1;32m";
    private static final String PLAIN = "\u001b[0m";

    private final DrillResult result;
    private final boolean colours;
    private final StringBuilder out = new StringBuilder();

    private TextReport(DrillResult result, boolean colours) {
        this.result = result;
        this.colours = colours;
    }

    /** @param colours whether it is for a terminal that shows them; nothing is told by colour alone */
    public static String of(DrillResult result, boolean colours) {
        return new TextReport(result, colours).write();
    }

    /** The last line: {@code Nothing was lost.} */
    public static String verdict(DrillResult result) {
        if (!result.isMeaningful()) return "No request was answered: this drill shows nothing." + firstFailure(result);
        long before = result.tally().of(Outcome.FAILED_BEFORE);
        String besides = before == 0 ? "" : " " + count(before, "request") + " failed before the stop.";
        long lost = result.tally().lost();
        if (lost == 0) return "Nothing was lost." + besides;
        Map<String, Long> kinds = new LinkedHashMap<>();
        for (Sent sent : result.lost())
            kinds.merge(sent.lane().kind().label() + " (" + sent.outcome().label() + ")", 1L, Long::sum);
        List<String> words = new ArrayList<>();
        kinds.forEach((kind, n) -> words.add(n + " × " + kind));
        return count(lost, "request") + (lost == 1 ? " was lost: " : " were lost: ") + String.join(", ", words) + "."
                + besides;
    }

    private static String firstFailure(DrillResult result) {
        return result.requests().stream()
                .filter(sent -> sent.outcome() == Outcome.FAILED_BEFORE)
                .findFirst()
                .map(sent -> " The first failed so: " + sent)
                .orElse("");
    }

    private String write() {
        DrillPlan plan = result.plan();
        line(
                "Drill of %s: %s after %s s with %s and %s backends",
                plan.source(),
                result.plan().what().label(),
                seconds(plan.load().toMillis()),
                count(result.lanes().size(), "client"),
                plan.real() ? "the real" : "stand-in");
        line("");
        table();
        ends();
        failedBefore();
        stop();
        bothSides();
        losses();
        String verdict = verdict(result);
        boolean good = result.isMeaningful() && result.tally().lost() == 0;
        line("");
        line("%s", colours ? (good ? GREEN : RED) + verdict + PLAIN : verdict);
        return out.toString();
    }

    private void table() {
        Set<Outcome> shown = EnumSet.of(Outcome.FINISHED, Outcome.TOLD_TO_CLOSE, Outcome.LOST);
        for (Outcome outcome : Outcome.values()) if (result.tally().of(outcome) > 0) shown.add(outcome);
        StringBuilder head = new StringBuilder(pad("client", LABEL)).append(right("sent", 8));
        shown.forEach(outcome -> head.append(right(column(outcome), COLUMN)));
        line("  %s", head);
        Set<Kind> kinds = EnumSet.noneOf(Kind.class);
        result.lanes().forEach(lane -> kinds.add(lane.kind()));
        for (Kind kind : kinds) {
            StringBuilder row = new StringBuilder(pad(kind.label(), LABEL));
            row.append(right(number(result.tally().ended(kind)), 8));
            shown.forEach(o -> row.append(right(number(result.tally().of(kind, o)), COLUMN)));
            line("  %s", row);
        }
        StringBuilder all = new StringBuilder(pad("all", LABEL));
        all.append(right(number(result.tally().ended()), 8));
        shown.forEach(o -> all.append(right(number(result.tally().of(o)), COLUMN)));
        line("  %s", all);
    }

    private static String column(Outcome outcome) {
        return switch (outcome) {
            case ENDED_EARLY -> "ended early";
            case CUT -> "cut";
            case FAILED_BEFORE -> "failed before";
            default -> outcome.label();
        };
    }

    /** How event streams and WebSockets ended that were open when the stop began. */
    private void ends() {
        for (Kind kind : List.of(Kind.EVENTS, Kind.WEBSOCKET)) {
            Map<String, Long> ends = new LinkedHashMap<>();
            for (Sent sent : result.requests())
                if (sent.lane().kind() == kind
                        && sent.ended() >= result.moments().stop()) ends.merge(end(sent), 1L, Long::sum);
            if (ends.isEmpty()) continue;
            List<String> words = new ArrayList<>();
            ends.forEach((how, n) -> words.add(n + " " + how));
            if (kind == Kind.EVENTS) line("");
            line("  %s: %s", pad(kind.label() + "s at the end", LABEL + 8), String.join(", ", words));
        }
    }

    private static String end(Sent sent) {
        if (sent.outcome().isLost()) return sent.outcome().label();
        if (sent.outcome() == Outcome.ENDED_EARLY) return "ended early, in order";
        return sent.lane().kind() == Kind.EVENTS ? "to their end" : sent.how().replaceFirst(" after .*", "");
    }

    private void failedBefore() {
        Map<String, Long> reasons = new LinkedHashMap<>();
        for (Sent sent : result.requests())
            if (sent.outcome() == Outcome.FAILED_BEFORE) reasons.merge(sent.how(), 1L, Long::sum);
        if (reasons.isEmpty()) return;
        line("");
        line("  Before the stop, and so none of its doing:");
        reasons.entrySet().stream().limit(NAMED).forEach(e -> line("    %d × %s", e.getValue(), e.getKey()));
    }

    private void stop() {
        Moments at = result.moments();
        line("");
        if (!at.reloads().isEmpty()) {
            long last = at.reloads().get(at.reloads().size() - 1);
            line("  %d reloads in %s ms.", at.reloads().size(), number(DrillResult.millis(at.stop(), last)));
        }
        if (at.successor() >= 0)
            line("  The successor served after %s ms.", number(DrillResult.millis(at.stop(), at.successor())));
        line(
                "  The stop took %s ms of the %s ms to the deadline.",
                number(DrillResult.millis(at.drain(), at.over())),
                number(DrillResult.millis(at.drain(), at.deadline())));
        List<String> closed = new ArrayList<>();
        at.listenersClosed()
                .forEach((name, when) ->
                        closed.add(name + " after " + number(DrillResult.millis(at.drain(), when)) + " ms"));
        if (!closed.isEmpty()) line("  Listening sockets closed: %s.", String.join(", ", closed));
    }

    private void bothSides() {
        Tally tally = result.tally();
        DrainSide drain = result.drain();
        long ended = result.requests().stream()
                .filter(s ->
                        s.ended() >= result.moments().stop() && !s.outcome().isLost())
                .count();
        long late = result.requests().stream()
                .filter(s ->
                        s.began() >= result.moments().stop() && !s.outcome().isLost())
                .count();
        line("");
        line("  %s%s%s", pad("", 34), right("clients", COLUMN), right("the drain", COLUMN));
        row("requests, from first to last", tally.sent(), drain.requests());
        row("cut at the deadline", tally.of(Outcome.CUT), drain.cut());
        // In a restart, and with reloads, clients go on, and the drain knows of its own proxy alone.
        if (!clientsGoOn()) {
            row("finished after the stop began *", ended, drain.finished());
            row("of those, begun after it *", late, drain.toldToClose());
            row("connections closed idle *", tally.closedIdle(), drain.closedIdle());
        }
        List<String> contradictions = result.contradictions();
        String note = clientsGoOn() ? "" : " (* may differ by what was on its way at that moment.)";
        if (contradictions.isEmpty()) line("  Both agree.%s", note);
        else line("  They do not agree: %s.", String.join("; ", contradictions));
        if (tally.notKept() > 0)
            line("  %s were too many to be looked at one by one.", count(tally.notKept(), "request"));
    }

    private boolean clientsGoOn() {
        return result.plan().what() != DrillPlan.What.STOP;
    }

    private void row(String what, long clients, long drain) {
        line("  %s%s%s", pad(what, 34), right(number(clients), COLUMN), right(number(drain), COLUMN));
    }

    private void losses() {
        List<Sent> lost = result.lost();
        if (lost.isEmpty()) return;
        line("");
        line("  Lost:");
        for (Sent sent : lost.subList(0, Math.min(NAMED, lost.size()))) {
            line(
                    "    %s after %s ms: %s",
                    sent.outcome() == Outcome.CUT ? "cut " : "lost",
                    number(DrillResult.millis(result.moments().stop(), sent.ended())),
                    sent);
        }
        if (lost.size() > NAMED) line("    and %s more", number(lost.size() - NAMED));
    }

    private void line(String format, Object... values) {
        String text = values.length == 0 ? format : String.format(Locale.ROOT, format, values);
        out.append(text.stripTrailing()).append('\n');
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    private static String right(String text, int width) {
        return " ".repeat(Math.max(1, width - text.length())) + text;
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String seconds(long millis) {
        return millis % 1_000 == 0 ? "" + millis / 1_000 : String.format(Locale.ROOT, "%.1f", millis / 1e3);
    }

    private static String count(long n, String what) {
        return number(n) + " " + what + (n == 1 ? "" : "s");
    }
}
