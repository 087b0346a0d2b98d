package dev.sluice.drill;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The picture of a drill, as SVG for a page that has its colours: a lane for each client, a bar for each request, and the
 * moments of the stop across all of them. What an outcome is called shows in shape as well as in colour.
 */
final class Timeline {
    /** Lanes that are drawn; those with a loss come first. */
    static final int MOST_LANES = 160;

    /** Bars that are drawn; those that ended well before the stop are the first to be left out. */
    static final int MOST_BARS = 8_000;

    private static final int WIDTH = 1_200;
    private static final int LEFT = 190;
    private static final int RIGHT = 20;
    private static final int ROW = 11;
    private static final int BAR = 9;
    private static final int LANE_GAP = 4;
    private static final int GROUP = 26;
    private static final int MARK = 18;
    private static final int AXIS = 24;
    private static final double LEAST_BEFORE = 2.0;

    private final DrillResult result;
    private final Moments at;
    private final double from;
    private final double to;
    private final List<Lane> lanes;
    private final Map<Lane, List<Sent>> bars = new HashMap<>();
    private final StringBuilder svg = new StringBuilder();
    private int drawn;

    /** A moment that is marked. */
    private record Mark(String style, String label, double seconds) {}

    Timeline(DrillResult result) {
        this.result = result;
        at = result.moments();
        double after = (at.end() - at.stop()) / 1e9;
        // As much of the time before as makes clear what was going on.
        from = Math.max(-at.stop() / 1e9, -Math.max(LEAST_BEFORE, after));
        to = after * 1.02 + 0.02;
        lanes = chosen();
        choose();
    }

    /** Lanes that are not drawn. */
    int lanesLeftOut() {
        return result.lanes().size() - lanes.size();
    }

    /** Requests within the time of the picture that are not drawn. */
    int barsLeftOut() {
        long within = result.requests().stream().filter(this::isWithin).count();
        return (int) (within - drawn);
    }

    private List<Lane> chosen() {
        if (result.lanes().size() <= MOST_LANES) return result.lanes();
        Set<Lane> losers = new HashSet<>();
        result.lost().forEach(sent -> losers.add(sent.lane()));
        return result.lanes().stream()
                .sorted(Comparator.comparing((Lane lane) -> !losers.contains(lane))
                        .thenComparing(Lane::number)
                        .thenComparing(Lane::index))
                .limit(MOST_LANES)
                .sorted(Comparator.comparing(Lane::index))
                .toList();
    }

    private void choose() {
        Set<Lane> shown = new HashSet<>(lanes);
        List<Sent> all = result.requests().stream()
                .filter(sent -> shown.contains(sent.lane()) && isWithin(sent))
                .sorted(Comparator.comparing((Sent sent) -> !sent.outcome().isLost())
                        .thenComparing(sent -> -sent.ended()))
                .limit(MOST_BARS)
                .toList();
        for (Sent sent : all)
            bars.computeIfAbsent(sent.lane(), l -> new ArrayList<>()).add(sent);
        drawn = all.size();
    }

    private boolean isWithin(Sent sent) {
        return seconds(sent.ended()) > from;
    }

    /** Seconds from the stop. */
    private double seconds(long moment) {
        return (moment - at.stop()) / 1e9;
    }

    private double x(double seconds) {
        double part = (Math.max(from, Math.min(to, seconds)) - from) / (to - from);
        return LEFT + part * (WIDTH - LEFT - RIGHT);
    }

    /** @param description of what it shows, for those who do not see it */
    String svg(String title, String description) {
        List<Mark> marks = marks();
        int top = marks.size() * MARK + AXIS;
        StringBuilder rows = new StringBuilder();
        int bottom = rows(rows, top);
        svg.append("<svg viewBox='0 0 ")
                .append(WIDTH)
                .append(' ')
                .append(bottom + AXIS)
                .append("' role='img' aria-labelledby='picture-title picture-description'>\n<title id='picture-title'>")
                .append(TimelineReport.escape(title))
                .append("</title>\n<desc id='picture-description'>")
                .append(TimelineReport.escape(description))
                .append("</desc>\n<defs><pattern id='hatch' width='5' height='5' patternUnits='userSpaceOnUse'"
                        + " patternTransform='rotate(45)'><rect width='5' height='5' class='hatch-ground'/>"
                        + "<rect width='2' height='5' class='hatch-line'/></pattern></defs>\n");
        shade(top, bottom);
        axis(top, bottom);
        svg.append(rows);
        for (int i = 0; i < marks.size(); i++) mark(marks.get(i), i, bottom);
        return svg.append("</svg>\n").toString();
    }

    private List<Mark> marks() {
        List<Mark> marks = new ArrayList<>();
        boolean restart = at.successor() >= 0;
        List<Long> reloads = at.reloads();
        if (!reloads.isEmpty()) {
            double last = seconds(reloads.get(reloads.size() - 1));
            marks.add(new Mark("stop", "first of " + reloads.size() + " reloads", 0));
            marks.add(new Mark("successor", "last reload, " + millis(last), last));
            marks.add(new Mark("over", "stopped, " + millis(seconds(at.over())), seconds(at.over())));
            return marks;
        }
        marks.add(new Mark("stop", restart ? "restart" : "stop", 0));
        if (restart) {
            double serves = seconds(at.successor());
            marks.add(new Mark("successor", "successor serves, the other one stops, " + millis(serves), serves));
        }
        Collection<Long> closed = at.listenersClosed().values();
        if (!closed.isEmpty()) {
            double first = seconds(closed.stream().min(Long::compare).orElseThrow());
            double last = seconds(closed.stream().max(Long::compare).orElseThrow());
            String when = closed.size() == 1 ? millis(first) : millis(first) + " to " + millis(last);
            marks.add(
                    new Mark("closed", (closed.size() == 1 ? "listener closed, " : "listeners closed, ") + when, last));
        }
        double linger = seconds(at.lingerOver());
        double deadline = seconds(at.deadline());
        double over = seconds(at.over());
        if (linger < to) marks.add(new Mark("linger", "linger over, " + millis(linger), linger));
        if (deadline < to) marks.add(new Mark("deadline", "deadline, " + millis(deadline), deadline));
        marks.add(new Mark("over", "stopped, " + millis(over), over));
        // Each label is a row below the one before, so that no line crosses it.
        marks.sort(Comparator.comparing(Mark::seconds));
        return marks;
    }

    private static String millis(double seconds) {
        return String.format(Locale.ROOT, "%,d ms", Math.round(seconds * 1_000));
    }

    /** The time of the stop, behind everything. */
    private void shade(int top, int bottom) {
        double x = x(0);
        add(
                "<rect class='shade' x='%.1f' y='%d' width='%.1f' height='%d'/>",
                x, top, x(seconds(at.over())) - x, bottom - top);
    }

    private void axis(int top, int bottom) {
        double step = step(to - from);
        for (double tick = Math.ceil(from / step) * step; tick <= to; tick += step) {
            double x = x(tick);
            String label = Math.abs(tick) < step / 10
                    ? "0 s"
                    : String.format(Locale.ROOT, step < 0.1 ? "%+.2f s" : step < 1 ? "%+.1f s" : "%+.0f s", tick);
            add("<line class='grid' x1='%.1f' y1='%d' x2='%.1f' y2='%d'/>", x, top - 4, x, bottom);
            add("<text class='tick' x='%.1f' y='%d'>%s</text>", x, top - 8, label);
            add("<text class='tick' x='%.1f' y='%d'>%s</text>", x, bottom + 16, label);
        }
    }

    private static double step(double span) {
        for (double step : new double[] {0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60})
            if (span / step <= 14) return step;
        return 120;
    }

    private void mark(Mark mark, int row, int bottom) {
        double x = x(mark.seconds());
        int y = row * MARK + 13;
        boolean left = x > WIDTH - 220;
        add("<line class='mark %s' x1='%.1f' y1='%d' x2='%.1f' y2='%d'/>", mark.style(), x, y - 9, x, bottom);
        add(
                "<text class='mark-label %s' x='%.1f' y='%d' text-anchor='%s'>%s</text>",
                mark.style(), left ? x - 5 : x + 5, y, left ? "end" : "start", mark.label());
    }

    /** @return where the last one ends */
    private int rows(StringBuilder into, int top) {
        int y = top;
        String group = "";
        for (Lane lane : lanes) {
            if (!lane.listener().equals(group)) {
                group = lane.listener();
                into.append(String.format(
                        Locale.ROOT,
                        "<text class='group' x='4' y='%d'>%s</text>%n",
                        y + 17,
                        TimelineReport.escape("listener " + group + (lane.secure() ? ", TLS" : ", plain"))));
                y += GROUP;
            }
            y = lane(into, lane, y);
        }
        return y + 4;
    }

    private int lane(StringBuilder into, Lane lane, int top) {
        List<Sent> requests = new ArrayList<>(bars.getOrDefault(lane, List.of()));
        requests.sort(Comparator.comparing(Sent::began));
        List<Long> ends = new ArrayList<>();
        StringBuilder drawnBars = new StringBuilder();
        for (Sent sent : requests) {
            int row = 0;
            while (row < ends.size() && ends.get(row) > sent.began()) row++;
            if (row == ends.size()) ends.add(sent.ended());
            else ends.set(row, sent.ended());
            bar(drawnBars, sent, top + row * ROW);
        }
        int height = Math.max(1, ends.size()) * ROW;
        String label = lane.label().substring(lane.listener().length() + 2);
        into.append(String.format(
                Locale.ROOT,
                "<text class='lane' x='%d' y='%.1f'>%s</text><line class='rule' x1='%d' y1='%d' x2='%d' y2='%d'/>%n",
                LEFT - 10,
                top + height / 2.0 + 3.5,
                TimelineReport.escape(label),
                LEFT,
                top + height + LANE_GAP / 2,
                WIDTH - RIGHT,
                top + height + LANE_GAP / 2));
        into.append(drawnBars);
        return top + height + LANE_GAP;
    }

    private void bar(StringBuilder into, Sent sent, int y) {
        double x = x(seconds(sent.began()));
        double width = Math.max(1.5, x(seconds(sent.ended())) - x - 0.5);
        String title = sent.method() + " " + sent.path() + "\n" + sent.outcome().label() + ": " + sent.how() + "\n"
                + String.format(
                        Locale.ROOT,
                        "%+d ms to %+d ms",
                        DrillResult.millis(at.stop(), sent.began()),
                        DrillResult.millis(at.stop(), sent.ended()));
        into.append("<g>");
        TimelineReport.shape(into, sent.outcome(), x, y, width, BAR);
        into.append("<title>").append(TimelineReport.escape(title)).append("</title></g>\n");
    }

    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
