"""Reads bench/results/*.csv and answers with medians over rounds."""

from __future__ import annotations

import csv
import statistics
from dataclasses import dataclass
from pathlib import Path

HEADER = ["run", "scenario", "peer", "version", "round", "metric", "value", "unit", "note"]
REFERENCE = "nginx"


class ResultError(Exception):
    """A file that is not what it should be; the message names the place."""


@dataclass(frozen=True)
class Row:
    run: str
    scenario: str
    peer: str
    version: str
    round: str
    metric: str
    value: float
    note: str = ""


class Results:
    """For each scenario, the rows of the newest run that has it."""

    def __init__(self, rows: list[Row], facts: dict[str, dict[str, str]]) -> None:
        newest: dict[str, str] = {}
        for row in rows:
            newest[row.scenario] = max(row.run, newest.get(row.scenario, ""))
        self.rows = [row for row in rows if row.run == newest[row.scenario]]
        self.runs = sorted(set(newest.values()))
        self._newest = newest
        self._facts = facts

    def peers(self, scenario: str, metric: str) -> list[str]:
        found = {row.peer: None for row in self.rows if row.scenario == scenario and row.metric == metric}
        return list(found)

    def scenarios(self, prefix: str) -> list[str]:
        found = {row.scenario for row in self.rows if row.scenario.startswith(prefix)}
        return sorted(found, key=lambda name: [int(p) if p.isdigit() else 0 for p in name.split("-")] + [len(name)])

    def median(self, scenario: str, peer: str, metric: str) -> float | None:
        values = list(self._rounds(scenario, peer, metric).values())
        return statistics.median(values) if values else None

    def values(self, scenario: str, peer: str, metric: str) -> list[float]:
        return list(self._rounds(scenario, peer, metric).values())

    def notes(self, scenario: str, peer: str, metric: str) -> list[str]:
        return [r.note for r in self.rows if r.scenario == scenario and r.peer == peer and r.metric == metric]

    def total(self, scenario: str, peer: str, metric: str) -> float | None:
        values = list(self._rounds(scenario, peer, metric).values())
        return sum(values) if values else None

    def ratio(self, scenario: str, peer: str, metric: str) -> float | None:
        """Each round against nginx in the same round, then the median: what disturbs a round disturbs both."""
        own = self._rounds(scenario, peer, metric)
        reference = self._rounds(scenario, REFERENCE, metric)
        ratios = [value / reference[r] for r, value in own.items() if reference.get(r)]
        return statistics.median(ratios) if ratios else None

    def failed(self) -> list[tuple[str, str, str]]:
        """Scenario, peer and reason of what has no figure."""
        return [(row.scenario, row.peer, row.note) for row in self.rows if row.metric == "failed"]

    def find(self, scenario: str, metric: str, **parameters: str) -> str | None:
        """The peer whose name consists of these parameters, in any order: routes=1 path=same."""
        for peer in self.peers(scenario, metric):
            if parameters_of(peer) == parameters:
                return peer
        return None

    def versions(self) -> dict[str, str]:
        """The version of each peer, from the newest run that has one."""
        found: dict[str, str] = {}
        for row in sorted(self.rows, key=lambda r: r.run):
            if not row.scenario.startswith("jmh-") and row.version:
                found[row.peer] = row.version
        return found

    def machine(self, scenario: str | None = None) -> str:
        """Where and when a scenario was measured, or else the newest of all, in one line."""
        if not self.runs:
            return ""
        run = self._newest.get(scenario or "", self.runs[-1])
        facts = self._facts.get(run, {})
        parts = [facts.get("cpu", ""), f"{facts['cores']} cores" if "cores" in facts else ""]
        parts += [f"Linux {facts['kernel']}" if "kernel" in facts else "", facts.get("memory", "")]
        parts += [f"Sluice {facts['sluice commit']}" if "sluice commit" in facts else "", f"run {run}"]
        return ", ".join(part for part in parts if part)

    def _rounds(self, scenario: str, peer: str, metric: str) -> dict[str, float]:
        return {
            row.round: row.value
            for row in self.rows
            if row.scenario == scenario and row.peer == peer and row.metric == metric
        }


def parameters_of(peer: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in peer.split() if "=" in pair)


def read(files: list[Path]) -> Results:
    rows: list[Row] = []
    facts: dict[str, dict[str, str]] = {}
    for file in files:
        found, said = _read(file)
        rows += found
        for run in {row.run for row in found}:
            facts.setdefault(run, {}).update(said)
    return Results(rows, facts)


def _read(file: Path) -> tuple[list[Row], dict[str, str]]:
    said: dict[str, str] = {}
    data: list[tuple[int, str]] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#"):
            key, _, value = line[1:].partition(":")
            said[key.strip()] = value.strip()
        elif line.strip():
            data.append((number, line))
    if not data or data[0][1].split(",") != HEADER:
        raise ResultError(f"{file}:{data[0][0] if data else 1}: no header (expected: {','.join(HEADER)})")
    rows = []
    for (number, _), cells in zip(data[1:], csv.reader(line for _, line in data[1:])):
        if len(cells) != len(HEADER):
            raise ResultError(f"{file}:{number}: {len(cells)} fields (expected: {len(HEADER)})")
        cell = dict(zip(HEADER, cells))
        # A round that was disturbed and repeated; it is kept in the file to be seen, and does not count.
        if cell["note"].startswith("noisy"):
            continue
        try:
            value = float(cell["value"])
        except ValueError:
            raise ResultError(f"{file}:{number}: value: {cell['value']} (expected: a number)") from None
        rows.append(
            Row(
                cell["run"],
                cell["scenario"],
                cell["peer"],
                cell["version"],
                cell["round"],
                cell["metric"],
                value,
                cell["note"],
            )
        )
    return rows, said
