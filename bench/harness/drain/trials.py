"""The trials: a stop, or restarts, under load; and the time to the end of a program that has nothing, or something, to do."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..peers import Peer, Setup, Sluice
from ..process import BenchError, Crowd, Held
from ..results import Figure
from ..workspace import BENCH, Certificate, Workspace
from .outcomes import Tally, tally
from .ways import Up, Way

STOP, RESTART = "drain-stop", "drain-restart"
EXITS = {
    "drain-exit-idle": "no connection",
    "drain-exit-kept": "twelve idle connections",
    "drain-exit-work": "2 s of work left",
    "drain-exit-stuck": "a request without an end",
}
WARM = 30.0  # seconds in which each load must have had its first answers
CALM = 0.3  # seconds of load after that, before something happens
# What is left of a trial's requests takes less than this after its last event; then it is broken off.
AT_MOST = 120.0
MANY = 20  # losses of a trial that are told one by one


@dataclass(frozen=True)
class Plan:
    stops: int
    restarts: int
    batch: int  # restarts of one process, one after the other
    exits: int
    deadline: int  # seconds
    slow: float  # seconds that a slow transfer takes
    cores: int
    port_base: int
    without: tuple[str, ...]  # loads that are left out
    lock: Path | None
    verbose: bool
    say: Callable[[str], None]

    @contextmanager
    def alone(self) -> Iterator[None]:
        if self.lock is None:
            yield
            return
        with self.lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


@dataclass(frozen=True)
class Subject:
    peer: Peer
    version: str
    way: Way
    index: int  # its ports follow from it
    only_restarts: bool = False  # and a few of them: to compare with


@dataclass
class Trials:
    workspace: Workspace
    plan: Plan
    certificate: Certificate
    origin: str  # host:port
    figures: list[Figure] = field(default_factory=list)
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    given_up: set[tuple[str, str]] = field(default_factory=set)

    @staticmethod
    def program(workspace: Workspace) -> Path:
        return workspace.go_program("drains", sorted((BENCH / "drains").glob("*.go")))

    def setup(self, subject: Subject, deadline: int) -> Setup:
        port = self.plan.port_base + 10 + 2 * subject.index
        return Setup(
            port=port,
            tls_port=port + 1,
            tls=True,
            cores=self.plan.cores,
            backends=[self.origin],
            routes=0,
            work=self.workspace.directory(f"drain-{subject.peer.name}"),
            files=self.workspace.files,
            certificate=self.certificate,
            deadline=deadline,
        )

    @contextmanager
    def up(self, subject: Subject, deadline: int) -> Iterator[Up]:
        up = Up.start(subject.peer, subject.way, self.setup(subject, deadline), self.workspace)
        try:
            yield up
        finally:
            up.close()

    def attempt(self, scenario: str, subject: Subject, number: int, trial: Callable[[], list[Figure]]) -> None:
        """A trial that cannot be made is a failure of its program, which is then left out of that scenario."""
        if (scenario, subject.peer.name) in self.given_up:
            return
        try:
            with self.plan.alone():
                self.figures += trial()
        except BenchError as e:
            self.failures.append((scenario, subject.peer.name, f"trial {number}: {e}"))
            self.given_up.add((scenario, subject.peer.name))
            self.plan.say(f"{scenario}: {subject.peer.name}: trial {number}: FAILED: {e}")

    def crowd(self, up: Up, until_refused: bool) -> Crowd:
        without = [*self.plan.without, *up.way.without]
        words = [str(self.program(self.workspace)), "clients", "-address", f"127.0.0.1:{up.setup.port}"]
        words += ["-tls-address", f"127.0.0.1:{up.setup.tls_port}", "-for", f"{AT_MOST}s"]
        words += ["-slow", f"{self.plan.slow}s", "-without", ",".join(without)]
        if until_refused:
            words.append("-until-refused")
        return Crowd(f"clients of {up.peer.name}", words, up.setup.work / "clients.out")

    def stop(self, subject: Subject, number: int) -> None:
        self.attempt(STOP, subject, number, lambda: self._stop(subject, number))

    def _stop(self, subject: Subject, number: int) -> list[Figure]:
        with self.up(subject, self.plan.deadline) as up, self.crowd(up, until_refused=True) as crowd:
            crowd.said("\twarm\t", WARM)
            time.sleep(CALM)
            moment = time.time()
            up.stop()
            took = up.child.gone_after(up.patience())
            if took is None:
                raise BenchError(f"still running {up.patience():g} s after it was told to stop")
            found = tally(crowd.end(by_itself=2.0), [moment], self.plan.deadline, restart=False)
        exit_ = Figure(STOP, subject.peer.name, subject.version, number, "exit_s", took, "s", _status(up))
        return [*self._noted(STOP, subject, number, found), exit_]

    def restart(self, subject: Subject, first: int, count: int) -> None:
        self.attempt(RESTART, subject, first, lambda: self._restart(subject, first, count))

    def _restart(self, subject: Subject, first: int, count: int) -> list[Figure]:
        moments: list[float] = []
        took: list[float] = []
        with self.up(subject, self.plan.deadline) as up, self.crowd(up, until_refused=False) as crowd:
            crowd.said("\twarm\t", WARM)
            time.sleep(CALM)
            for _ in range(count):
                moments.append(time.time())
                subject.way.restart(up)
                took.append(time.time() - moments[-1])
                time.sleep(0.2)
            found = tally(crowd.end(by_itself=0), moments, self.plan.deadline, restart=True)
        name, version = subject.peer.name, subject.version
        figures = [Figure(RESTART, name, version, first + i, "restart_s", s, "s") for i, s in enumerate(took)]
        figures.append(Figure(RESTART, name, version, first, "restarts", count, "count", subject.way.restart_is))
        return [*self._noted(RESTART, subject, first, found), *figures]

    def _noted(self, scenario: str, subject: Subject, number: int, found: Tally) -> list[Figure]:
        telling = self.plan.verbose or (isinstance(subject.peer, Sluice) and not subject.only_restarts)
        examples = sorted(found.examples, key=lambda e: ": refused:" in e) if telling else []
        for example in examples[:MANY]:
            self.plan.say(f"{scenario}: {subject.peer.name}: trial {number}: {example}")
        if found.losses > len(examples[:MANY]):
            self.plan.say(f"{scenario}: {subject.peer.name}: trial {number}: {found.losses} lost in all")
        return found.figures(scenario, subject.peer.name, subject.version, number)

    def exit(self, scenario: str, subject: Subject, number: int, deadline: int) -> None:
        self.attempt(scenario, subject, number, lambda: self._exit(scenario, subject, number, deadline))

    def _exit(self, scenario: str, subject: Subject, number: int, deadline: int) -> list[Figure]:
        with self.up(subject, deadline) as up:
            words = self._held(scenario, up)
            if words is None:
                return [self._exited(scenario, subject, number, up)]
            with Held("client", words) as client:
                client.line(20)
                time.sleep(0.3)  # until the backend has it
                figures = [self._exited(scenario, subject, number, up)]
                if scenario == "drain-exit-work":
                    outcome = client.line(20).strip()
                    lost = outcome != "ok"
                    note = outcome if lost else ""
                    figures.append(Figure(scenario, subject.peer.name, subject.version, number, "lost", lost, "count", note))
                return figures

    def _exited(self, scenario: str, subject: Subject, number: int, up: Up) -> Figure:
        up.stop()
        took = up.child.gone_after(up.patience())
        if took is None:
            raise BenchError(f"still running {up.patience():g} s after it was told to stop")
        return Figure(scenario, subject.peer.name, subject.version, number, "exit_s", took, "s", _status(up))

    def _held(self, scenario: str, up: Up) -> Sequence[str] | None:
        """The client that holds something open meanwhile, if there is one."""
        program, address = str(self.program(self.workspace)), f"127.0.0.1:{up.setup.port}"
        if scenario == "drain-exit-kept":
            return [program, "rest", "-address", address, "-tls-address", f"127.0.0.1:{up.setup.tls_port}"]
        if scenario == "drain-exit-work":
            return [program, "hold", "-address", address, "-path", "/hold?ms=2300"]  # of which 300 ms pass before
        if scenario == "drain-exit-stuck":
            return [program, "hold", "-address", address, "-path", "/stuck"]
        return None


def _status(up: Up) -> str:
    status = up.child.status()
    return f"exit status {status}" if status else ""
