"""Draws horizontal bars.

Each chart lies on a panel of its own, so that it can be read whatever is around it: pages choose their colours by other
means than pictures do, and then a dark page shows a picture that believes it is on a light one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH = 760
MARGIN = 20
LABELS = 150
VALUES = 118
ROW = 24
BAR = 15
FONT = "-apple-system, BlinkMacSystemFont, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', Helvetica, Arial, sans-serif"

# name: light, dark. Text on its panel: at least 4.5 to 1; bars: at least 3 to 1.
COLOURS = {
    "panel": ("#ffffff", "#0d1117"),
    "edge": ("#d0d7de", "#30363d"),
    "text": ("#1f2328", "#e6edf3"),
    "soft": ("#59636e", "#9198a1"),
    "own": ("#0969da", "#4493f8"),
    "other": ("#818b98", "#656c76"),
}


@dataclass(frozen=True)
class Bar:
    label: str
    value: float
    text: str
    own: bool = False


@dataclass(frozen=True)
class Group:
    title: str
    bars: list[Bar]


@dataclass(frozen=True)
class Chart:
    title: str
    unit: str
    groups: list[Group]
    machine: str
    mark: float | None = None
    mark_label: str = ""


def draw(chart: Chart) -> str:
    """The picture, as text that is the same for the same figures."""
    parts: list[str] = []
    y = 34
    parts.append(_text(MARGIN, y, chart.title, "text", size=17, weight=600))
    y += 21
    parts.append(_text(MARGIN, y, chart.unit, "soft", size=13))
    y += 14
    left = MARGIN + LABELS
    room = WIDTH - MARGIN - VALUES - left
    top = max([bar.value for group in chart.groups for bar in group.bars] + [chart.mark or 0]) or 1
    if chart.mark is not None:
        y += 12
    lines_from = y
    for group in chart.groups:
        if group.title:
            y += 22
            parts.append(_text(MARGIN, y, group.title, "text", size=13, weight=600))
            y += 6
        else:
            y += 6
        if chart.mark is not None:
            parts.append(_line(left + room * chart.mark / top, y - 1, y + ROW * len(group.bars) + 1))
        for bar in group.bars:
            parts += _bar(bar, left, y, room, top)
            y += ROW
    if chart.mark is not None:
        x = left + room * chart.mark / top
        parts.append(_text(x, lines_from - 2, chart.mark_label, "soft", size=12, anchor="middle"))
    y += 24
    for line in _wrap(chart.machine, 100):
        parts.append(_text(MARGIN, y, line, "soft", size=12))
        y += 17
    height = math.ceil(y + 2)
    return "\n".join([*_head(chart, height), *parts, "</svg>", ""])


def _head(chart: Chart, height: int) -> list[str]:
    def rules(index: int) -> str:
        return " ".join(f".{name}{{fill:{colours[index]}}}" for name, colours in COLOURS.items() if name != "edge")

    def edges(index: int) -> str:
        return f".panel{{stroke:{COLOURS['edge'][index]}}} .line{{stroke:{COLOURS['soft'][index]}}}"

    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
        f' role="img" font-family="{FONT}">',
        f"<title>{escape(chart.title)}</title>",
        f"<desc>{escape(_description(chart))}</desc>",
        f"<style>{rules(0)} {edges(0)} @media (prefers-color-scheme: dark) {{ {rules(1)} {edges(1)} }}</style>",
        f'<rect class="panel" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6"'
        f' fill="{COLOURS["panel"][0]}" stroke="{COLOURS["edge"][0]}"/>',
    ]


def _description(chart: Chart) -> str:
    """The same for those who hear it."""
    groups = []
    for group in chart.groups:
        values = ", ".join(f"{bar.label} {bar.text}" for bar in group.bars)
        groups.append(f"{group.title}: {values}" if group.title else values)
    return f"{chart.unit}. " + "; ".join(groups)


def _bar(bar: Bar, left: float, y: float, room: float, top: float) -> list[str]:
    length = max(1.0, room * bar.value / top)
    name = "own" if bar.own else "other"
    weight = 600 if bar.own else 400
    middle = y + ROW / 2
    return [
        _text(left - 8, middle + 4.5, bar.label, "text", size=13, weight=weight, anchor="end"),
        f'<rect class="{name}" x="{left:g}" y="{middle - BAR / 2:g}" width="{length:.1f}" height="{BAR}" rx="2"'
        f' fill="{COLOURS[name][0]}"/>',
        _text(left + length + 7, middle + 4.5, bar.text, "text", size=13, weight=weight),
    ]


def _line(x: float, y1: float, y2: float) -> str:
    return (
        f'<line class="line" x1="{x:.1f}" y1="{y1:g}" x2="{x:.1f}" y2="{y2:g}" stroke="{COLOURS["soft"][0]}"'
        f' stroke-dasharray="3 3" stroke-opacity="0.7"/>'
    )


def _text(x: float, y: float, text: str, name: str, size: int, weight: int = 400, anchor: str = "start") -> str:
    more = f' text-anchor="{anchor}"' if anchor != "start" else ""
    more += f' font-weight="{weight}"' if weight != 400 else ""
    return (
        f'<text class="{name}" x="{x:.1f}" y="{y:g}" font-size="{size}"{more} fill="{COLOURS[name][0]}">'
        f"{escape(text)}</text>"
    )


def _wrap(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines
