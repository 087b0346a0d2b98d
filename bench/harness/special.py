"""The scenarios that are not rounds of load: memory of idle connections, and the time of a start."""

from __future__ import annotations

import http.client
import time
from dataclasses import replace

from . import proc
from .http import ask
from .load import client_program
from .origin import Origin
from .peers import Command, Peer, Sluice
from .process import BenchError, Child, Held
from .results import Figure
from .rounds import Bench, Running
from .scenarios import Idle, Startup
from .workspace import run


def run_idle(bench: Bench, scenario: Idle, origin: Origin) -> list[Figure]:
    """Each round has processes of its own: one that has served connections before keeps memory for them."""
    figures: list[Figure] = []
    given_up: set[str] = set()
    for number in range(1, min(3, bench.plan.rounds) + 1):
        with bench.plan.alone():
            for index, (peer, version) in _alive(bench, given_up):
                try:
                    r = bench.start_one(peer, version, scenario, origin, index)
                    try:
                        figures += _idle(bench, scenario, r, number)
                    finally:
                        bench.stop([r])
                except BenchError as e:
                    bench.fail(scenario.name, peer.name, e)
                    given_up.add(peer.name)
    return figures


def _alive(bench: Bench, given_up: set[str]) -> list[tuple[int, tuple[Peer, str]]]:
    """The peers that are measured here, each with the number that its ports follow from."""
    return [(i, p) for i, p in enumerate(bench.peers) if not p[0].only_in and p[0].name not in given_up]


def _idle(bench: Bench, scenario: Idle, r: Running, number: int) -> list[Figure]:
    time.sleep(0.5)  # what a start leaves to do in the background
    empty = proc.memory_mb(r.child.pid)
    words = [str(client_program(bench.workspace)), "idle", "-address", f"127.0.0.1:{r.setup.port}"]
    with Held("client idle", [*words, "-connections", str(scenario.connections)]) as client:
        client.line(120)
        time.sleep(1)
        full = proc.memory_mb(r.child.pid)
        said = dict(pair.split("=") for pair in client.ask(60).split()[1:])
    still = int(said["open"])
    lost = scenario.connections - still
    note = f"errors: {lost} of {scenario.connections} connections were not held" if lost else ""

    def figure(metric: str, value: float, unit: str) -> Figure:
        return Figure(scenario.name, r.peer.name, r.version, number, metric, value, unit, note)

    figures = [figure("errors", lost, "count"), figure("rss_mb", full, "MB"), figure("empty_rss_mb", empty, "MB")]
    if still:
        figures.append(figure("kb_per_connection", (full - empty) * 1024 / still, "kB"))
    return figures


def run_startup(bench: Bench, scenario: Startup, origin: Origin) -> list[Figure]:
    figures: list[Figure] = []
    archives: dict[str, str] = {}
    given_up: set[str] = set()
    for number in range(1, max(3, bench.plan.rounds) + 1):
        with bench.plan.alone():
            for index, (peer, version) in _alive(bench, given_up):
                setup = bench.setup(peer, scenario, origin, index)
                try:
                    taken = _starts(bench, peer, peer.prepare(setup), setup.port, archives)
                except BenchError as e:
                    bench.fail(scenario.name, peer.name, e)
                    given_up.add(peer.name)
                    continue
                figures += [Figure(scenario.name, peer.name, version, number, m, ms, "ms") for m, ms in taken.items()]
    return figures


def _starts(bench: Bench, peer: Peer, command: Command, port: int, archives: dict[str, str]) -> dict[str, float]:
    """Milliseconds of a start, and where the peer is Sluice, of one with an archive of classes too."""
    taken = {"startup_ms": _start(bench, peer.name, command, port)}
    if isinstance(peer, Sluice):
        if peer.name not in archives:
            archives[peer.name] = _archive(command, str(bench.workspace.work / f"{peer.name}.archive"))
        with_archive = _with_archive(command, archives[peer.name])
        taken["startup_cds_ms"] = _start(bench, peer.name, with_archive, port)
    return taken


def _with_archive(command: Command, file: str) -> Command:
    return replace(command, env={**command.env, "SLUICE_ARCHIVE": file})


def _archive(command: Command, file: str) -> str:
    """Made by the launcher, as its users would."""
    run([command.words[0], "archive"], "bin/sluice archive", 120, **_with_archive(command, file).env)
    return file


def _child(bench: Bench, name: str, command: Command) -> Child:
    return bench.workspace.children.start(name, command.words, bench.workspace.work / f"start-{name}.log", command.env)


def _start(bench: Bench, name: str, command: Command, port: int) -> float:
    child = _child(bench, name, command)
    try:
        return _first_answer(child, port) * 1000
    finally:
        bench.workspace.children.stop(child)


def _first_answer(child: Child, port: int, patience: float = 60) -> float:
    """Seconds from the start of the process to its first good answer, to about two milliseconds."""
    while time.monotonic() < child.started + patience:
        try:
            if ask(port, "/").status == 200:
                return time.monotonic() - child.started
        except (OSError, http.client.HTTPException):
            pass  # not yet: that is what is waited for
        if not child.alive():
            raise BenchError(f"{child.name}: ended at once: {child.tail()}")
        time.sleep(0.002)
    raise BenchError(f"{child.name}: no answer within {patience:g} s: {child.tail()}")
