"""What bench/drain found, as tables: a row for each program, a column for each way in which requests were lost."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable

from harness.drain.outcomes import ENDS, LONG_LIVED, LOSSES

from .numbers import program
from .results import Results

STOP, RESTART = "drain-stop", "drain-restart"
EXITS = {
    "drain-exit-idle": "no connection",
    "drain-exit-kept": "idle connections",
    "drain-exit-work": "2 s of work left",
    "drain-exit-stuck": "a request without an end",
}
Table = Callable[[list[str], list[list[str]]], str]


def blocks(results: Results, table: Table, nothing: str) -> dict[str, str]:
    return {
        STOP: _losses(results, table, STOP) or nothing,
        RESTART: _losses(results, table, RESTART) or nothing,
        "drain-streams": _streams(results, table) or nothing,
        "drain-exit": _exits(results, table) or nothing,
    }


def _losses(results: Results, table: Table, scenario: str) -> str:
    peers = _order(results.peers(scenario, "requests"), lambda p: _total(results, scenario, p, "lost"))
    if not peers:
        return ""
    kinds = [kind for kind in LOSSES if any(_total(results, scenario, p, f"lost_{kind}") for p in peers)]
    stops = scenario == STOP
    head = ["", "stops" if stops else "restarts", "requests", "**lost**", *(LOSSES[kind] for kind in kinds)]
    head += ["sent elsewhere by HTTP/2", "time to the end" if stops else "time until the old one had gone"]
    rows = []
    for peer in peers:
        times = results.values(scenario, peer, "exit_s" if stops else "restart_s")
        counts = [f"lost_{kind}" for kind in kinds] + ["elsewhere"]
        cells = [str(len(times)), _count(results, scenario, peer, "requests")]
        cells.append(f"**{_count(results, scenario, peer, 'lost')}**")
        cells += [_count(results, scenario, peer, metric) for metric in counts]
        rows.append([_name(results, scenario, peer), *cells, _seconds(times)])
    return table(head, rows)


def _name(results: Results, scenario: str, peer: str) -> str:
    how = next(iter(results.notes(scenario, peer, "restarts")), "")
    name = f"**{program(peer)}**" if peer == "sluice" else program(peer)
    return f"{name}, {how}" if how else name


def _streams(results: Results, table: Table) -> str:
    rows = []
    for scenario, title in ((STOP, "stop"), (RESTART, "restart")):
        for peer in results.peers(scenario, "requests"):
            ends = [_ends(results, scenario, peer, load) for load in LONG_LIVED]
            rows.append([f"{program(peer)}, {title}", *ends])
    return table(["", "WebSockets", "event streams"], rows) if rows else ""


def _ends(results: Results, scenario: str, peer: str, load: str) -> str:
    counts = [(title, _total(results, scenario, peer, f"{load}_{how}")) for how, title in ENDS.items()]
    return ", ".join(f"{title}: {n:,.0f}" for title, n in counts if n) or "–"


def _exits(results: Results, table: Table) -> str:
    peers = dict.fromkeys(p for scenario in EXITS for p in results.peers(scenario, "exit_s"))
    rows = [[_bold(peer), *(_exit(results, scenario, peer) for scenario in EXITS)] for peer in peers]
    return table(["time to the end", *EXITS.values()], rows) if rows else ""


def _bold(peer: str) -> str:
    return f"**{program(peer)}**" if peer == "sluice" else program(peer)


def _exit(results: Results, scenario: str, peer: str) -> str:
    median = results.median(scenario, peer, "exit_s")
    if median is None:
        return "–"
    lost = _total(results, scenario, peer, "lost")
    return f"{median:.2f} s" + (f", {lost:.0f} lost" if lost else "")


def _total(results: Results, scenario: str, peer: str, metric: str) -> float:
    return results.total(scenario, peer, metric) or 0


def _count(results: Results, scenario: str, peer: str, metric: str) -> str:
    return f"{_total(results, scenario, peer, metric):,.0f}"


def _seconds(times: list[float]) -> str:
    if not times:
        return "–"
    return f"{statistics.median(times):.2f} s, at most {max(times):.2f} s"


def _order(peers: Iterable[str], key: Callable[[str], float]) -> list[str]:
    return sorted(peers, key=lambda peer: (key(peer), peer != "sluice"))
