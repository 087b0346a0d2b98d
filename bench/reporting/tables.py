"""From results to Markdown."""

from __future__ import annotations

from pathlib import Path

from . import charts, drains, jvm
from .numbers import amount, program, short, times
from .results import Results, parameters_of
from .sections import GOALS, OUTRUN, OVERVIEW, SECTIONS, Column, Section, heading

NOTHING = "*Not measured yet; `bench/run`, then `bench/report`, put the figures here.*"
CPU = "cpu_us_per_request"


def blocks(results: Results, pictures: str, collectors: Path | None = None) -> dict[str, str]:
    """The content of each marked place; pictures: where the charts are, as seen from the page; collectors: runs of those."""
    made = {section.name: _section(results, section, pictures) for section in [OVERVIEW, *SECTIONS]}
    made["goals"] = _goals(results)
    made["machine"] = _machine(results)
    made["errors"] = _errors(results)
    made["selectors"] = _series(results, "selectors", "selectors")
    made["jmh"] = _jmh(results)
    made["jvm"] = jvm.block(collectors, _table, NOTHING) if collectors else NOTHING
    return made | drains.blocks(results, _table, NOTHING.replace("bench/run", "bench/drain"))


def _table(head: list[str], rows: list[list[str]]) -> str:
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, rule, *rows])


def _section(results: Results, section: Section, pictures: str) -> str:
    columns = [column for column in section.columns if results.peers(column.scenario, column.metric)]
    if not columns:
        return NOTHING
    peers = dict.fromkeys(peer for column in columns for peer in results.peers(column.scenario, column.metric))
    by = _order(results, columns)
    rows = [
        [_name(peer), *(_cell(results, column, peer) for column in columns)]
        for peer in sorted(peers, key=by, reverse=section.more_is_better)
    ]
    table = _table([f"{section.reading}", *(heading(results, column) or section.title for column in columns)], rows)
    if not charts.has(results, section):
        return table
    picture = f"![{section.title}: {section.reading}]({pictures}/{section.name}.svg)"
    return picture if section is OVERVIEW else f"{picture}\n\n{table}"


def _order(results: Results, columns: list[Column]):
    """By the column that most peers have, and names where figures are missing."""
    first = max(columns, key=lambda c: len(results.peers(c.scenario, c.metric)))

    def key(peer: str) -> tuple[float, str]:
        value = results.median(first.scenario, peer, first.metric)
        return (value if value is not None else float("inf"), peer)

    return key


def _name(peer: str) -> str:
    return f"**{program(peer)}**" if peer == "sluice" else program(peer)


def _cell(results: Results, column: Column, peer: str) -> str:
    value = results.median(column.scenario, peer, column.metric)
    if value is None:
        return "–"
    text = amount(value, column.unit)
    ratio = results.ratio(column.scenario, peer, column.metric) if column.compared else None
    text = f"{times(ratio)} ({text})" if ratio is not None else text
    return f"**{text}**" if peer == "sluice" else text


def _goals(results: Results) -> str:
    rows = [_goal(results, goal.scenario, goal.title, goal.most) for goal in GOALS]
    if all(row[2] == "–" for row in rows):
        return NOTHING
    rows += [_routes(results), _idle(results), _startup(results), _outrun(results)]
    return _table(["processor time per request, × nginx", "goal", "measured", ""], rows)


def _goal(results: Results, scenario: str, title: str, most: float) -> list[str]:
    ratio = results.ratio(scenario, "sluice", CPU)
    if ratio is None:
        return [title, f"≤ {most:g}", "–", "not measured"]
    return [title, f"≤ {most:g}", f"{ratio:.2f}", "reached" if ratio <= most else "**missed**"]


def _routes(results: Results) -> list[str]:
    title = "route match, 10,000 routes against one (JMH, × one)"
    pairs = []
    for path in _jmh_paths(results):
        one = _match(results, 1, path)
        many = _match(results, 10_000, path)
        if one and many:
            pairs.append((many / one, path))
    if not pairs:
        return [title, "≤ 1.1", "–", "not measured"]
    worst, path = max(pairs)
    return [title, "≤ 1.1", f"{worst:.2f} ({path})", "reached" if worst <= 1.1 else "**missed**"]


def _match(results: Results, routes: int, path: str) -> float | None:
    peer = results.find("jmh-route-match", "ns_per_op", routes=str(routes), path=path)
    return results.median("jmh-route-match", peer, "ns_per_op") if peer else None


def _idle(results: Results) -> list[str]:
    title = "10,000 idle connections, over the empty process"
    each = results.median("idle-10000", "sluice", "kb_per_connection")
    if each is None:
        return [title, "≤ 200 MB", "–", "not measured"]
    megabytes = each * 10_000 / 1024
    return [title, "≤ 200 MB", f"{megabytes:,.0f} MB", "reached" if megabytes <= 200 else "**missed**"]


def _startup(results: Results) -> list[str]:
    title = "start to the first answer, with the archive"
    value = results.median("startup", "sluice", "startup_cds_ms")
    if value is None:
        return [title, "≤ 700 ms", "–", "not measured"]
    return [title, "≤ 700 ms", f"{value:,.0f} ms", "reached" if value <= 700 else "**missed**"]


def _outrun(results: Results) -> list[str]:
    title = "less than " + ", ".join(program(peer) for peer in OUTRUN) + " in every scenario"
    cheaper = []
    compared = 0
    for scenario in sorted({row.scenario for row in results.rows if row.metric == CPU}):
        own = results.median(scenario, "sluice", CPU)
        for peer in OUTRUN if own is not None else []:
            other = results.median(scenario, peer, CPU)
            compared += other is not None
            if other is not None and own is not None and other <= own:
                cheaper.append(f"{program(peer)} in {scenario}")
    if not compared:
        return [title, "all", "–", "not measured"]
    return [title, "all", "all" if not cheaper else "not " + ", ".join(cheaper), "**missed**" if cheaper else "reached"]


def _machine(results: Results) -> str:
    if not results.runs:
        return NOTHING
    lines = [f"- {line}" for line in dict.fromkeys(results.machine(s) for s in sorted(_scenarios(results)))]
    versions = [f"{program(peer)} {version}" for peer, version in sorted(results.versions().items())]
    if versions:
        lines.append("- " + ", ".join(versions))
    return "\n".join(lines)


def _scenarios(results: Results) -> set[str]:
    return {row.scenario for row in results.rows}


def _errors(results: Results) -> str:
    found = sorted({(row.scenario, row.peer) for row in results.rows if row.metric == "errors"})
    if not found:
        return NOTHING
    rows = [[scenario, program(peer), f"no figure: {reason}"] for scenario, peer, reason in results.failed()]
    for scenario, peer in found:
        total = results.total(scenario, peer, "errors")
        if total:
            rows.append([scenario, program(peer), short(total)])
    return _table(["scenario", "program", "errors, all rounds"], rows) if rows else "None, in any scenario."


def _series(results: Results, prefix: str, title: str) -> str:
    """Scenarios that differ in one number, a column for each: selectors-1, selectors-2."""
    columns = [
        Column(scenario, scenario.removeprefix(prefix).strip("-") or title, metric, unit, metric == CPU)
        for scenario in results.scenarios(prefix)
        for metric, unit in ((CPU, "µs"), ("rps", "/s"))
    ]
    columns = [column for column in columns if results.peers(column.scenario, column.metric)]
    if not columns:
        return NOTHING
    peers = dict.fromkeys(peer for column in columns for peer in results.peers(column.scenario, column.metric))
    rows = [
        [_name(peer), *(_cell(results, column, peer) for column in columns)]
        for peer in sorted(peers, key=_order(results, columns))
    ]
    said = {CPU: "processor time per request", "rps": "requests per second"}
    return _table(["", *(f"{title} {column.title}: {said[column.metric]}" for column in columns)], rows)


def _jmh_paths(results: Results) -> list[str]:
    peers = results.peers("jmh-route-match", "ns_per_op")
    return list(dict.fromkeys(parameters_of(peer).get("path", "") for peer in peers))


def _nanoseconds(results: Results, scenario: str, peer: str | None) -> str:
    value = results.median(scenario, peer, "ns_per_op") if peer else None
    if peer is None or value is None:
        return "–"
    error = results.median(scenario, peer, "ns_per_op_error")
    return f"{short(value)} ± {short(error)} ns" if error is not None else f"{short(value)} ns"


def _jmh(results: Results) -> str:
    match = "jmh-route-match"
    matches = [parameters_of(peer) for peer in results.peers(match, "ns_per_op")]
    counts = sorted({int(found["routes"]) for found in matches if "routes" in found})
    parts = []
    if counts:
        rows = [
            [
                path,
                *(
                    _nanoseconds(results, match, results.find(match, "ns_per_op", routes=str(count), path=path))
                    for count in counts
                ),
            ]
            for path in _jmh_paths(results)
        ]
        parts.append(_table(["route match, by path", *(f"{n:,} route{'s' * (n > 1)}" for n in counts)], rows))
    pick = "jmh-backend-pick"
    found = [parameters_of(peer) for peer in results.peers(pick, "ns_per_op")]
    # Older runs have no policy: there was one.
    sizes = sorted({int(each["backends"]) for each in found if "policy" in each})
    policies = list(dict.fromkeys(each["policy"] for each in found if "policy" in each))
    if sizes:
        rows = [
            [
                policy.lower().replace("_", "-"),
                *(
                    _nanoseconds(results, pick, results.find(pick, "ns_per_op", backends=str(size), policy=policy))
                    for size in sizes
                ),
            ]
            for policy in policies
        ]
        parts.append(_table(["pick a backend, end its lease", *(f"{n:,} backends" for n in sizes)], rows))
    return "\n\n".join(parts) if parts else NOTHING
