"""What the trials came to, as a table for the one who waits for it."""

from __future__ import annotations

import statistics

from ..results import Figure
from .outcomes import ENDS, LONG_LIVED, LOSSES
from .trials import EXITS, RESTART, STOP


def _total(figures: list[Figure], metric: str) -> float:
    return sum(f.value for f in figures if f.metric == metric)


def _row(figures: list[Figure], scenario: str, peer: str) -> str:
    own = [f for f in figures if f.scenario == scenario and f.peer == peer]
    count = _total(own, "restarts") if scenario != STOP else sum(f.metric == "exit_s" for f in own)
    parts = [f"{count:.0f} times, {_total(own, 'requests'):.0f} requests, {_total(own, 'lost'):.0f} lost"]
    for kind, title in LOSSES.items():
        if _total(own, f"lost_{kind}"):
            parts.append(f"{title}: {_total(own, f'lost_{kind}'):.0f}")
    if _total(own, "elsewhere"):
        parts.append(f"sent elsewhere: {_total(own, 'elsewhere'):.0f}")
    for load in LONG_LIVED:
        ends = [(title, _total(own, f"{load}_{how}")) for how, title in ENDS.items()]
        said = ", ".join(f"{title} {n:.0f}" for title, n in ends if n)
        if said:
            parts.append(f"{load}: {said}")
    times = [f.value for f in own if f.metric == ("exit_s" if scenario == STOP else "restart_s")]
    if times:
        parts.append(f"took {statistics.median(times):.2f} s, at most {max(times):.2f} s")
    return f"{scenario:20} {peer:14} " + "; ".join(parts)


def summary(figures: list[Figure]) -> str:
    lines = []
    for scenario in (STOP, RESTART):
        peers = dict.fromkeys(f.peer for f in figures if f.scenario == scenario)
        lines += [_row(figures, scenario, peer) for peer in peers]
    for scenario, about in EXITS.items():
        for peer in dict.fromkeys(f.peer for f in figures if f.scenario == scenario):
            own = [f for f in figures if f.scenario == scenario and f.peer == peer]
            times = [f.value for f in own if f.metric == "exit_s"]
            lost = _total(own, "lost")
            said = f"{statistics.median(times):.2f} s" + (f", {lost:.0f} lost" if lost else "")
            lines.append(f"{scenario:20} {peer:14} {about}: {said}")
    return "\n".join(lines)
