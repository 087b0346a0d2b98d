"""From sections to pictures."""

from __future__ import annotations

from .numbers import amount, program, times
from .results import Results
from .sections import OVERVIEW, SECTIONS, Column, Section, heading
from .svg import Bar, Chart, Group, draw


def files(results: Results) -> dict[str, str]:
    """File name and content of every chart for which there is anything to show."""
    drawn: dict[str, str] = {}
    for section in [OVERVIEW, *SECTIONS]:
        chart = _chart(results, section) if section.charted else None
        if chart:
            drawn[f"{section.name}.svg"] = draw(chart)
    return drawn


def has(results: Results, section: Section) -> bool:
    return section.charted and _chart(results, section) is not None


def _chart(results: Results, section: Section) -> Chart | None:
    groups = _startup(results, section) if section.name == "startup" else _groups(results, section)
    if not groups:
        return None
    compared = section.columns[0].compared
    title = f"{section.title}: processor time" if section is OVERVIEW else section.title
    return Chart(
        title=title,
        unit=section.reading,
        groups=groups,
        machine=results.machine(section.columns[0].scenario),
        mark=1.0 if compared else None,
        mark_label="nginx" if compared else "",
    )


def _groups(results: Results, section: Section) -> list[Group]:
    groups = []
    for column in section.columns:
        bars = [bar for peer in results.peers(column.scenario, column.metric) if (bar := _bar(results, column, peer))]
        if bars:
            groups.append(Group(heading(results, column), sorted(bars, key=lambda bar: bar.value)))
    return groups


def _bar(results: Results, column: Column, peer: str) -> Bar | None:
    absolute = results.median(column.scenario, peer, column.metric)
    if absolute is None:
        return None
    text = amount(absolute, column.unit)
    if not column.compared:
        return Bar(program(peer), absolute, text, peer == "sluice")
    ratio = results.ratio(column.scenario, peer, column.metric)
    return None if ratio is None else Bar(program(peer), ratio, f"{times(ratio)} ({text})", peer == "sluice")


def _startup(results: Results, section: Section) -> list[Group]:
    """One list for both ways to start: a program that has no archive has only one."""
    bars = []
    for column in section.columns:
        for peer in results.peers(column.scenario, column.metric):
            bar = _bar(results, column, peer)
            if bar:
                label = f"{bar.label}, archive" if column.metric == "startup_cds_ms" else bar.label
                bars.append(Bar(label, bar.value, bar.text, bar.own))
    return [Group("", sorted(bars, key=lambda bar: bar.value))] if bars else []
