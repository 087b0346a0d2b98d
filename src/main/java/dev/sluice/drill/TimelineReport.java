package dev.sluice.drill;

import java.util.List;
import java.util.Locale;

/**
 * What a drill came to, as one page of HTML that needs nothing else: the picture, a legend, and all losses by name. It has no
 * scripts, and follows the reader's choice of light or dark.
 */
public final class TimelineReport {
    private static final int NAMED = 500;

    private static final String STYLE = """
            :root { color-scheme: light dark; --ground: #fff; --ink: #1c2430; --soft: #5b6675; --line: #e3e8ee;
              --card: #f6f8fa; --shade: #eef3f9; --finished: #7fa8d9; --told: #2f6fb3; --early: #8a63c9; --cut: #d97a00;
              --lost: #c8202f; --before: #8b95a1; --good: #1b7f4b; }
            @media (prefers-color-scheme: dark) { :root { --ground: #12171e; --ink: #e6ebf1; --soft: #9aa7b5;
              --line: #2a333e; --card: #1a212a; --shade: #1a2430; --finished: #4a76a8; --told: #8fc1f5; --early: #b99af0;
              --cut: #ffa94d; --lost: #ff6b74; --before: #7c8794; --good: #5fd39a; } }
            * { box-sizing: border-box; }
            body { margin: 0 auto; max-width: 1280px; padding: 24px; background: var(--ground); color: var(--ink);
              font: 15px/1.5 system-ui, sans-serif; }
            h1 { font-size: 22px; margin: 0 0 4px; overflow-wrap: anywhere; } h2 { font-size: 17px; margin: 28px 0 8px; }
            p { margin: 4px 0; } .soft { color: var(--soft); }
            .verdict { font-size: 18px; font-weight: 600; margin: 14px 0; padding: 10px 14px; border-radius: 8px;
              background: var(--card); border-left: 6px solid var(--good); overflow-wrap: anywhere; }
            .verdict.bad { border-left-color: var(--lost); }
            .cards { display: flex; flex-wrap: wrap; gap: 10px; margin: 14px 0; }
            .card { background: var(--card); border-radius: 8px; padding: 8px 14px; min-width: 110px; }
            .card b { display: block; font-size: 21px; font-variant-numeric: tabular-nums; }
            .card span { color: var(--soft); font-size: 13px; }
            .legend { display: flex; flex-wrap: wrap; gap: 6px 20px; margin: 12px 0; padding: 0; list-style: none;
              font-size: 13px; }
            .legend li { display: flex; align-items: center; gap: 7px; } .legend svg { width: 34px; height: 13px; }
            .picture { overflow-x: auto; } .picture svg { width: 100%; min-width: 820px; height: auto; display: block; }
            svg text { font: 11px system-ui, sans-serif; fill: var(--ink); }
            svg .lane { text-anchor: end; fill: var(--soft); } svg .group { font-weight: 600; font-size: 12.5px; }
            svg .tick { text-anchor: middle; fill: var(--soft); font-size: 10.5px; }
            svg .grid { stroke: var(--line); } svg .rule { stroke: var(--line); stroke-width: 0.5; }
            svg .shade { fill: var(--shade); }
            svg .mark { stroke-width: 1.5; stroke: var(--ink); } svg .mark-label { font-weight: 600; }
            svg .mark-label, svg .tick { paint-order: stroke; stroke: var(--ground); stroke-width: 4px; }
            svg .mark.closed { stroke-dasharray: 2 3; } svg .mark.linger { stroke-dasharray: 7 3; stroke: var(--soft); }
            svg .mark.deadline { stroke: var(--cut); stroke-dasharray: 9 3 2 3; } svg .mark.over, svg .mark.successor { stroke: var(--good); }
            svg .mark-label.deadline { fill: var(--cut); } svg .mark-label.over, svg .mark-label.successor { fill: var(--good); }
            svg .mark-label.linger { fill: var(--soft); }
            .finished { fill: var(--finished); } .told { fill: var(--finished); } .told-end { fill: var(--told); }
            .early { fill: var(--early); fill-opacity: 0.35; stroke: var(--early); stroke-width: 1; }
            .cut { fill: url(#hatch); stroke: var(--cut); stroke-width: 1; } .hatch-ground { fill: var(--ground); }
            .hatch-line { fill: var(--cut); } .lost { fill: var(--lost); }
            .cross { stroke-width: 2; fill: none; } .cross.on-cut { stroke: var(--cut); }
            .cross.on-lost { stroke: var(--lost); }
            .before { fill: none; stroke: var(--before); stroke-width: 1; stroke-dasharray: 2 2; }
            .wide { overflow-x: auto; } table { border-collapse: collapse; font-size: 14px; }
            th, td { text-align: left; padding: 4px 14px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
            th { color: var(--soft); font-weight: 500; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
            code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
            """;

    private final DrillResult result;
    private final StringBuilder page = new StringBuilder();

    private TimelineReport(DrillResult result) {
        this.result = result;
    }

    /** The page. */
    public static String of(DrillResult result) {
        return new TimelineReport(result).write();
    }

    private String write() {
        DrillPlan plan = result.plan();
        String title = "Drill of " + plan.source();
        page.append("<!DOCTYPE html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n")
                .append("<meta name='viewport' content='width=device-width, initial-scale=1'>\n")
                .append(
                        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'unsafe-inline'\">\n")
                .append("<title>")
                .append(escape(title))
                .append("</title>\n<style>\n")
                .append(STYLE)
                .append("</style>\n</head>\n<body>\n<main>\n<h1>")
                .append(escape(title))
                .append("</h1>\n");
        add(
                "<p class='soft'>%s, rehearsed with %,d clients and %s.</p>\n",
                capital(plan.what().label()),
                result.lanes().size(),
                plan.real() ? "the real backends" : "stand-ins for the backends");
        boolean good = result.isMeaningful() && result.tally().lost() == 0;
        add(
                "<p class='verdict%s'>%s %s</p>\n",
                good ? "" : " bad", good ? "✓" : "✕", escape(TextReport.verdict(result)));
        cards();
        picture();
        losses();
        kinds();
        bothSides();
        return page.append("</main>\n</body>\n</html>\n").toString();
    }

    private static String capital(String words) {
        return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }

    private void cards() {
        Tally tally = result.tally();
        Moments at = result.moments();
        page.append("<div class='cards'>\n");
        card(number(tally.sent()), "requests sent");
        card(number(tally.of(Outcome.FINISHED) + tally.of(Outcome.ENDED_EARLY)), "finished");
        card(number(tally.of(Outcome.TOLD_TO_CLOSE)), "finished, told to close");
        card(number(tally.lost()), "lost");
        card(number(DrillResult.millis(at.drain(), at.over())) + " ms", "the stop took");
        card(number(DrillResult.millis(at.drain(), at.deadline())) + " ms", "to its deadline");
        page.append("</div>\n");
    }

    private void card(String value, String what) {
        add("<div class='card'><b>%s</b><span>%s</span></div>\n", value, what);
    }

    private void picture() {
        Timeline timeline = new Timeline(result);
        page.append(
                "<h2>What each client saw</h2>\n<p class='soft'>One lane for each client, one bar for each request; "
                        + "time from the beginning of what was rehearsed. Point at a bar to see what it was.</p>\n");
        legend();
        String description =
                TextReport.verdict(result) + " " + number(result.tally().sent()) + " requests of "
                        + result.lanes().size() + " clients; the tables below say the same in numbers.";
        page.append("<div class='picture'>\n")
                .append(timeline.svg("Requests of each client over time", description))
                .append("</div>\n");
        if (timeline.lanesLeftOut() > 0)
            add(
                    "<p class='soft'>%,d more clients are not drawn; none of those that lost something, as far as there is room.</p>\n",
                    timeline.lanesLeftOut());
        if (timeline.barsLeftOut() > 0)
            add("<p class='soft'>%,d requests of this time are not drawn.</p>\n", timeline.barsLeftOut());
    }

    private void legend() {
        page.append("<ul class='legend' aria-label='Legend'>\n");
        for (Outcome outcome : Outcome.values()) {
            if (result.tally().of(outcome) == 0 && !outcome.isLost()) continue;
            page.append("<li><svg viewBox='0 0 34 13' aria-hidden='true'>");
            shape(page, outcome, 2, 2, 28, 9);
            add("</svg>%s (%s)</li>\n", outcome.label(), number(result.tally().of(outcome)));
        }
        page.append("</ul>\n");
    }

    /** The shape of an outcome, in the picture and in the legend alike. */
    static void shape(StringBuilder into, Outcome outcome, double x, double y, double width, double height) {
        String style = switch (outcome) {
            case FINISHED -> "finished";
            case TOLD_TO_CLOSE -> "told";
            case ENDED_EARLY -> "early";
            case CUT -> "cut";
            case LOST -> "lost";
            case FAILED_BEFORE -> "before";
        };
        into.append(String.format(
                Locale.ROOT,
                "<rect class='%s' x='%.1f' y='%.1f' width='%.1f' height='%.1f' rx='1'/>",
                style,
                x,
                y,
                width,
                height));
        if (outcome == Outcome.TOLD_TO_CLOSE)
            into.append(String.format(
                    Locale.ROOT,
                    "<rect class='told-end' x='%.1f' y='%.1f' width='3' height='%.1f'/>",
                    x + Math.max(0, width - 3),
                    y - 1,
                    height + 2));
        if (outcome.isLost())
            into.append(String.format(
                    Locale.ROOT,
                    "<path class='cross on-%s' d='M%.1f %.1fl7 7m0 -7l-7 7'/>",
                    style,
                    x + width - 3,
                    y + height / 2 - 3.5));
    }

    private void losses() {
        List<Sent> lost = result.lost();
        if (lost.isEmpty()) return;
        page.append("<h2>Lost</h2>\n<div class='wide'><table>\n<tr><th class='n'>ended after</th><th>how</th>"
                + "<th>client</th><th>request</th><th>it was</th><th>its end</th></tr>\n");
        for (Sent sent : lost.subList(0, Math.min(NAMED, lost.size()))) {
            add(
                    "<tr><td class='n'>%s ms</td><td>%s</td><td>%s</td><td><code>%s</code></td><td>%s</td><td>%s</td></tr>\n",
                    number(DrillResult.millis(result.moments().stop(), sent.ended())),
                    sent.outcome().label(),
                    escape(sent.lane().label()),
                    escape(sent.method() + " " + sent.path()),
                    sent.phase().label(),
                    escape(sent.how()));
        }
        page.append("</table></div>\n");
        if (lost.size() > NAMED) add("<p class='soft'>And %,d more.</p>\n", lost.size() - NAMED);
    }

    private void kinds() {
        page.append("<h2>By kind of client</h2>\n<div class='wide'><table>\n<tr><th>client</th>");
        for (Outcome outcome : Outcome.values()) add("<th class='n'>%s</th>", outcome.label());
        page.append("</tr>\n");
        for (Kind kind : Kind.values()) {
            if (result.lanes().stream().noneMatch(lane -> lane.kind() == kind)) continue;
            add("<tr><td>%s</td>", kind.label());
            for (Outcome outcome : Outcome.values())
                add("<td class='n'>%s</td>", number(result.tally().of(kind, outcome)));
            page.append("</tr>\n");
        }
        page.append("</table></div>\n");
    }

    private void bothSides() {
        DrainSide drain = result.drain();
        page.append("<h2>What the drain says</h2>\n");
        add(
                "<p>%s requests from first to last, of which the clients sent %s; %s cut, of which the clients saw %s.</p>\n",
                number(drain.requests()),
                number(result.tally().sent()),
                number(drain.cut()),
                number(result.tally().of(Outcome.CUT)));
        add(
                "<p>The drain took %s ms: %s finished, %s told to close, %s connections closed idle, %s cut.</p>\n",
                number(drain.tookMillis()),
                number(drain.finished()),
                number(drain.toldToClose()),
                number(drain.closedIdle()),
                number(drain.cut()));
        List<String> contradictions = result.contradictions();
        add(
                "<p>%s</p>\n",
                contradictions.isEmpty()
                        ? "Both agree."
                        : "They do not agree: " + escape(String.join("; ", contradictions)) + ".");
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private void add(String format, Object... values) {
        page.append(String.format(Locale.ROOT, format, values));
    }

    /** For text and for attributes, in HTML and SVG. What came over a wire holds what it likes. */
    static String escape(String text) {
        StringBuilder safe = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> safe.append("&amp;");
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '"' -> safe.append("&quot;");
                case '\'' -> safe.append("&#39;");
                default -> safe.append(Character.isISOControl(c) && c != '\n' ? '?' : c);
            }
        }
        return safe.toString();
    }
}
