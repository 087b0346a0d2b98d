"""What the choice of a collector does: runs with variants, in bench/results/jvm."""

from __future__ import annotations

import re
from pathlib import Path

from .numbers import amount, short, times
from .results import Results, read

CPU = "cpu_us_per_request"
SCENARIOS = {
    "small-64": "small, 64 connections",
    "small-512": "small, 512 connections",
    "tls-small": "TLS, kept connections",
    "h2-small": "HTTP/2 over TLS",
}


def block(directory: Path, table, nothing: str) -> str:
    """A row for each Java and collector; each file is one run of one scenario on one Java."""
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for file in sorted(directory.glob("*.csv")):
        found = read([file])
        for peer, collector in collectors(file).items():
            for scenario in SCENARIOS:
                cell = _cell(found, scenario, peer)
                if cell:
                    cells.setdefault((_java(found, peer), collector), {})[scenario] = cell
    if not cells:
        return nothing
    shown = [scenario for scenario in SCENARIOS if any(scenario in row for row in cells.values())]
    rows = [
        [f"Java {java}, {collector}", *(row.get(scenario, "–") for scenario in shown)]
        for (java, collector), row in sorted(cells.items())
    ]
    return table(["", *(SCENARIOS[scenario] for scenario in shown)], rows)


def collectors(file: Path) -> dict[str, str]:
    """The lines "# collector of PEER: NAME"."""
    said = re.findall(r"^# collector of (\S+): (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {peer: name.strip() for peer, name in said}


def _java(found: Results, peer: str) -> str:
    version = found.versions().get(peer, "")
    match = re.search(r"Java (\d+)", version)
    return match.group(1) if match else "?"


def _cell(found: Results, scenario: str, peer: str) -> str | None:
    value = found.median(scenario, peer, CPU)
    ratio = found.ratio(scenario, peer, CPU)
    memory = found.median(scenario, peer, "rss_mb")
    if value is None or ratio is None or memory is None:
        return None
    return f"{times(ratio)} ({amount(value, 'µs')}, {short(memory)} MB)"
