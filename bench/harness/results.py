"""Figures: kept as CSV, shown as a table of medians and of ratios to nginx."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HEADER = ["run", "scenario", "peer", "version", "round", "metric", "value", "unit", "note"]
REFERENCE = "nginx"
NOISY = "noisy"


@dataclass(frozen=True)
class Figure:
    scenario: str
    peer: str
    version: str
    round: int
    metric: str
    value: float
    unit: str
    note: str = ""

    @property
    def noisy(self) -> bool:
        return self.note.startswith(NOISY)


def write(file: Path, run: str, facts: dict[str, str], figures: Iterable[Figure]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as f:
        for key, value in facts.items():
            f.write(f"# {key}: {value}\n")
        out = csv.writer(f, lineterminator="\n")
        out.writerow(HEADER)
        for g in figures:
            out.writerow([run, g.scenario, g.peer, g.version, g.round, g.metric, f"{g.value:.6g}", g.unit, g.note])


def failed(failures: Iterable[tuple[str, str, str]]) -> list[Figure]:
    """For the record: what has no figure, and why."""
    return [Figure(scenario, peer, "", 0, "failed", 1, "", reason) for scenario, peer, reason in failures]


def values(figures: Iterable[Figure], peer: str, metric: str) -> dict[int, float]:
    """Round -> value, noisy rounds left out."""
    return {f.round: f.value for f in figures if f.peer == peer and f.metric == metric and not f.noisy}


def ratio(figures: list[Figure], peer: str, metric: str) -> float | None:
    """The median of the ratios to nginx, each within one round: what disturbs a round disturbs both."""
    own, reference = values(figures, peer, metric), values(figures, REFERENCE, metric)
    ratios = [own[r] / reference[r] for r in own if reference.get(r)]
    return statistics.median(ratios) if ratios else None


COLUMNS = [
    ("cpu_us_per_request", "cpu µs", True),
    ("cpu_us_per_event", "cpu µs/event", True),
    ("jit_us_per_request", "jit µs", False),
    ("rps", "req/s", True),
    ("handshakes_per_s", "handshakes/s", True),
    ("p50_ms", "p50 ms", False),
    ("p90_ms", "p90 ms", False),
    ("p99_ms", "p99 ms", False),
    ("max_ms", "max ms", False),
    ("fixed_p50_ms", "fixed p50", False),
    ("fixed_p99_ms", "fixed p99", False),
    ("startup_ms", "start ms", True),
    ("startup_cds_ms", "start+cds ms", False),
    ("kb_per_connection", "kB/conn", True),
    ("rss_mb", "MB", False),
    ("errors", "errors", False),
]


def table(figures: list[Figure]) -> str:
    """Medians over the rounds of one scenario; × is the ratio to nginx."""
    peers = list(dict.fromkeys(f.peer for f in figures))
    metrics = {f.metric for f in figures}
    rows = [["peer"]]
    columns = [c for c in COLUMNS if c[0] in metrics]
    for _, title, compared in columns:
        rows[0] += [title, "×"] if compared else [title]
    for peer in peers:
        row = [peer]
        for metric, _, compared in columns:
            own = values(figures, peer, metric)
            if metric == "errors":
                # Errors of noisy rounds are errors too, and the median of errors would hide them.
                row.append(f"{sum(f.value for f in figures if f.peer == peer and f.metric == metric):g}")
            else:
                row.append(_short(statistics.median(own.values())) if own else "-")
            if compared:
                r = ratio(figures, peer, metric)
                row.append(f"{r:.2f}" if r is not None else "-")
        rows.append(row)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))).rstrip()
        for row in rows
    )


def _short(value: float) -> str:
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
