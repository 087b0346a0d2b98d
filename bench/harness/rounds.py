"""How a scenario is measured: all proxies up and checked, warmed, then driven in turn A B C A B C."""

from __future__ import annotations

import fcntl
import http.client
import re
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import proc
from .http import ask, wait_for
from .load import AtRate, Drive, Target
from .origin import Origin
from .peers import Peer, Setup
from .process import BenchError, Child
from .results import NOISY, REFERENCE, Figure, values
from .scenarios import Scenario
from .window import Window, measure
from .workspace import Certificate, Workspace

# Share of the machine's processor time that others may take before a round counts as disturbed.
OTHERS = 0.15
# How far nginx may be from its own median before a round counts as disturbed.
DEVIATION = 0.25

# Turns of warming up that are planned; a JVM may get three times as many.
WARM_TURNS = 3
# Share of a JVM's processor time in compiler threads above which it is not warm.
JIT_SHARE = 0.10


Failure = tuple[str, str, str]  # scenario, peer, reason


@dataclass(frozen=True)
class Plan:
    """How long and how often."""

    rounds: int = 5
    seconds: float = 5
    warm_jvm: float = 20
    warm_native: float = 2
    cores: int = 1
    port_base: int = 21000
    lock: Path | None = None
    say: Callable[[str], None] = print

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Where several measure on one machine, only one at a time drives load."""
        if self.lock is None:
            yield
            return
        with self.lock.open("a") as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            yield


@dataclass
class Running:
    """A proxy that is up."""

    peer: Peer
    version: str
    setup: Setup
    child: Child
    threads: proc.JvmThreads | None

    def target(self, tls: bool) -> Target:
        return Target(self.setup.tls_port if tls else self.setup.port, tls)


@dataclass
class Bench:
    """The proxies of a run, and what was found out about them."""

    workspace: Workspace
    plan: Plan
    peers: list[tuple[Peer, str]]
    certificate: Certificate
    figures: list[Figure] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def fail(self, scenario: str, peer: str, reason: object) -> None:
        self.failures.append((scenario, peer, str(reason)))
        self.plan.say(f"{scenario}: {peer}: FAILED: {reason}")

    def start(self, scenario: Scenario, origin: Origin) -> list[Running]:
        running = []
        for index, (peer, version) in enumerate(self.peers):
            lacking = scenario.needs & peer.cannot
            if lacking:
                self.plan.say(f"{scenario.name}: {peer.name}: left out, it has no {', '.join(sorted(lacking))}")
                continue
            if peer.only_in and scenario.name not in peer.only_in:
                continue
            try:
                running.append(self.start_one(peer, version, scenario, origin, index))
            except BenchError as e:
                self.fail(scenario.name, peer.name, e)
        return running

    def setup(self, peer: Peer, scenario: Scenario, origin: Origin, index: int) -> Setup:
        port = self.plan.port_base + 100 + 2 * index
        address = origin.upload if scenario.origin == "upload" else origin.download
        host_port = address.rpartition(":")[2]
        backends = [address]
        if scenario.backends > 1:
            backends = [f"127.1.{i // 250}.{i % 250 + 1}:{host_port}" for i in range(scenario.backends)]
        return Setup(
            port=port,
            tls_port=port + 1,
            tls=scenario.tls,
            cores=scenario.cores or self.plan.cores,
            backends=backends,
            routes=scenario.routes,
            work=self.workspace.directory(f"{scenario.name}-{peer.name}"),
            files=self.workspace.files,
            certificate=self.certificate,
            refuses=scenario.refuses,
        )

    def start_one(self, peer: Peer, version: str, scenario: Scenario, origin: Origin, index: int) -> Running:
        setup = self.setup(peer, scenario, origin, index)
        command = peer.prepare(setup)
        child = self.workspace.children.start(peer.name, command.words, setup.work / "output.log", command.env)
        try:
            path = f"{setup.route_paths()[0]}/x" if setup.routes else "/"
            wait_for(child, setup.port, path, 60)
            if scenario.tls:
                wait_for(child, setup.tls_port, path, 30, tls=True)
            running = Running(peer, version, setup, child, proc.JvmThreads(child.pid) if peer.jvm else None)
            try:
                check(running, scenario)
            except (OSError, http.client.HTTPException) as e:
                raise BenchError(f"{peer.name}: {e}") from e
            return running
        except BaseException:
            self.workspace.children.stop(child)
            raise

    def drop(self, scenario: Scenario, running: list[Running], r: Running, reason: object) -> None:
        """Goes on without a proxy."""
        self.fail(scenario.name, r.peer.name, reason)
        running.remove(r)
        self.stop([r])

    def stop(self, running: list[Running]) -> None:
        for r in running:
            self.workspace.children.stop(r.child)


def check(running: Running, scenario: Scenario) -> None:
    """A proxy that answers wrongly must not be measured: it may do less than the others."""
    setup, name = running.setup, running.peer.name
    port = setup.tls_port if scenario.tls else setup.port
    if not setup.routes:
        seen = ask(port, "/forwarded-for", scenario.tls).body.decode(errors="replace")
        # X-Forwarded-For, or for= in the standard's own field Forwarded, which Jetty sends instead.
        if not re.search(r'for="?127\.0\.0\.1\b', seen):
            raise BenchError(f"{name}: forwarded fields at the origin: {seen!r} (expected: for=127.0.0.1 in one)")
    for path in setup.route_paths()[-1:] or [scenario.path]:
        if scenario.body:
            answer = ask(port, path + ("/x" if setup.routes else ""), scenario.tls)
            if answer.status != 200 or len(answer.body) != scenario.body:
                got = f"{answer.status} with {len(answer.body)} bytes"
                raise BenchError(f"{name}: {path}: {got} (expected: 200 with {scenario.body})")


def warm(bench: Bench, scenario: Scenario, running: list[Running]) -> None:
    """
    In turns, so that what a JVM compiles in the background does not all fall into the first round. A JVM that still
    compiles after the planned turns gets more: what it runs meanwhile is slow code that it is about to replace.
    """
    plan = bench.plan
    restless = {r.peer.name: 1.0 for r in running if r.peer.jvm}
    for turn in range(WARM_TURNS * 3):
        with plan.alone():
            for r in list(running):
                if turn and r.peer.name not in restless:
                    continue
                seconds = plan.warm_jvm / WARM_TURNS if r.peer.jvm else plan.warm_native
                try:
                    with scenario.load.session(r.target(scenario.tls)) as drive:
                        window = window_of(bench, r, drive, max(1.0, seconds))
                except BenchError as e:
                    bench.drop(scenario, running, r, e)
                    restless.pop(r.peer.name, None)
                    continue
                share = window.jit / window.cpu if window.cpu else 0.0
                if turn >= WARM_TURNS - 1 and share <= JIT_SHARE:
                    restless.pop(r.peer.name, None)
                elif r.peer.name in restless:
                    restless[r.peer.name] = share
        if not restless:
            break
    for name, share in restless.items():
        plan.say(f"{scenario.name}: {name}: still compiles after {WARM_TURNS * 3} turns, {share:.0%} of its time")


def figures_of(scenario: Scenario, r: Running, number: int, window: Window) -> list[Figure]:
    load, per = window.load, scenario.load.per
    note = f"errors: {load.note or load.errors}" if load.errors else load.note

    def figure(metric: str, value: float, unit: str) -> Figure:
        return Figure(scenario.name, r.peer.name, r.version, number, metric, value, unit, note)

    if load.requests == 0:
        return [figure("errors", load.errors, "count")]
    figures = [
        figure(f"cpu_us_per_{per}", (window.cpu - window.jit) * 1e6 / load.requests, "us"),
        figure(f"jit_us_per_{per}", window.jit * 1e6 / load.requests, "us"),
        figure(f"gc_us_per_{per}", window.gc * 1e6 / load.requests, "us"),
    ]
    if per == "request":
        figures.append(figure("rps", load.requests / load.seconds, "1/s"))
    figures += [figure(f"{name}_ms", value, "ms") for name, value in load.latency.items()]
    figures += [figure(name, value, "1/s") for name, value in load.extra.items()]
    figures.append(figure("errors", load.errors, "count"))
    figures.append(figure("rss_mb", proc.memory_mb(r.child.pid), "MB"))
    return figures


def window_of(bench: Bench, r: Running, drive: Drive, seconds: float) -> Window:
    return measure(r.child.pid, bench.workspace.children.pids(), r.threads, lambda: drive(seconds))


def one_round(bench: Bench, scenario: Scenario, running: list[Running], number: int) -> tuple[list[Figure], float]:
    """The figures of all proxies, and the largest share of the machine that went to others."""
    figures: list[Figure] = []
    worst = 0.0
    for r in list(running):
        try:
            with scenario.load.session(r.target(scenario.tls)) as drive:
                window = window_of(bench, r, drive, bench.plan.seconds)
        except BenchError as e:
            bench.drop(scenario, running, r, e)
            continue
        worst = max(worst, window.other)
        if window.load.requests == 0:
            bench.fail(scenario.name, r.peer.name, f"no request succeeded, {window.load.errors} errors")
        figures += figures_of(scenario, r, number, window)
    return figures, worst


def deviates(rounds: dict[int, list[Figure]], number: int) -> str | None:
    """Why nginx's figure makes a round look disturbed, if it does."""

    def reference(figures: list[Figure]) -> float | None:
        return next((f.value for f in figures if f.peer == REFERENCE and f.metric == "cpu_us_per_request"), None)

    known = [v for v in map(reference, rounds.values()) if v]
    own = reference(rounds[number])
    if own is None or len(known) < 3:
        return None
    off = own / statistics.median(known) - 1
    return f"{REFERENCE} {off:+.0%} off its median" if abs(off) > DEVIATION else None


def run_rounds(bench: Bench, scenario: Scenario, running: list[Running]) -> list[Figure]:
    """As many quiet rounds as planned, with at most as many repeated; noisy ones stay in the figures and are marked."""
    plan = bench.plan
    rounds: dict[int, list[Figure]] = {}
    noisy: dict[int, str] = {}
    for number in range(1, 2 * plan.rounds + 1):
        if not running:
            break
        with plan.alone():
            rounds[number], others = one_round(bench, scenario, running, number)
        if others > OTHERS:
            noisy[number] = f"others took {others:.0%} of the machine"
        quiet = {n: f for n, f in rounds.items() if n not in noisy}
        noisy |= {n: why for n in quiet if (why := deviates(quiet, n))}
        if len(rounds) - len(noisy) >= plan.rounds:
            break
    for number, why in sorted(noisy.items()):
        repeated = "repeated" if number < max(rounds) else "not repeated"
        plan.say(f"{scenario.name}: round {number} is noisy: {why}; {repeated}")
    if len(noisy) == len(rounds) and rounds:
        plan.say(f"{scenario.name}: every round was noisy: the figures below are of all of them, and worth little")
        return [replace(f, note=f"all rounds {NOISY}") for figures in rounds.values() for f in figures]
    return [
        replace(f, note=f"{NOISY}: {noisy[n]}; {f.note}".rstrip("; ")) if n in noisy else f
        for n, figures in rounds.items()
        for f in figures
    ]


def fixed_rate(bench: Bench, scenario: Scenario, running: list[Running], figures: list[Figure]) -> list[Figure]:
    """Latency at one rate for all: half of what the slowest of them reached, so that each has room."""
    reached = [
        statistics.median(own.values()) for r in running if (own := values(figures, r.peer.name, "rps"))
    ]
    if not reached:
        return []
    load = AtRate(scenario.fixed, min(reached) / 2, scenario.path)
    load.prepare(bench.workspace)
    found: list[Figure] = []
    for number in range(1, min(3, bench.plan.rounds) + 1):
        with bench.plan.alone():
            for r in list(running):
                try:
                    with load.session(r.target(False)) as drive:
                        window = window_of(bench, r, drive, bench.plan.seconds)
                except BenchError as e:
                    bench.drop(scenario, running, r, e)
                    continue
                found += fixed_figures(scenario, r, number, window, load.per_second)
    return [keep_if_all_noisy(f, found) for f in found]


def keep_if_all_noisy(figure: Figure, all_figures: list[Figure]) -> Figure:
    """With no quiet turn at all, the noisy ones are what there is to show; their note still says what they are."""
    alike = [f for f in all_figures if (f.peer, f.metric) == (figure.peer, figure.metric)]
    return replace(figure, note=f"all {figure.note}") if all(f.noisy for f in alike) else figure


def fixed_figures(scenario: Scenario, r: Running, number: int, window: Window, rate: float) -> list[Figure]:
    result = window.load
    note = f"errors: {result.note}" if result.errors else ""
    if window.other > OTHERS:
        note = f"{NOISY}: others took {window.other:.0%} of the machine; {note}".rstrip("; ")

    def figure(metric: str, value: float, unit: str) -> Figure:
        return Figure(scenario.name, r.peer.name, r.version, number, f"fixed_{metric}", value, unit, note)

    figures = [figure("rate", rate, "1/s"), figure("errors", result.errors, "count")]
    if result.requests:
        figures += [figure(f"{name}_ms", value, "ms") for name, value in result.latency.items()]
        figures.append(figure("cpu_us_per_request", (window.cpu - window.jit) * 1e6 / result.requests, "us"))
    return figures


def run_scenario(bench: Bench, scenario: Scenario, origin: Origin) -> list[Figure]:
    scenario.load.prepare(bench.workspace)
    running = bench.start(scenario, origin)
    try:
        warm(bench, scenario, running)
        figures = run_rounds(bench, scenario, running)
        if scenario.fixed:
            figures += fixed_rate(bench, scenario, running, figures)
        return figures
    finally:
        bench.stop(running)
