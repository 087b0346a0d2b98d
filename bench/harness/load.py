"""The load generators, and what they say."""

from __future__ import annotations

import http.client
import os
import re
import statistics
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from . import proc
from .process import BenchError, Held
from .workspace import BENCH, Workspace, need


@dataclass
class Load:
    """What one run of a generator saw. Times in milliseconds."""

    requests: int  # that succeeded
    seconds: float
    errors: int
    latency: dict[str, float] = field(default_factory=dict)  # p50, p90, p99, max
    note: str = ""
    extra: dict[str, float] = field(default_factory=dict)
    cpu: float = 0.0  # processor seconds of the generator itself


def _execute(words: list[str], timeout: float, env: dict[str, str] | None = None) -> tuple[str, float]:
    """Output and processor seconds of a program that ends by itself."""
    before = os.times()
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=timeout,
            env={**os.environ, **(env or {})},
        )
    except subprocess.TimeoutExpired as e:
        raise BenchError(f"{words[0]}: no end after {timeout:g} s") from e
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    if done.returncode:
        text = (done.stdout + done.stderr).decode(errors="replace")
        raise BenchError(f"{Path(words[0]).name}: exit status {done.returncode}: {text.strip()[-400:]}")
    return done.stdout.decode(errors="replace"), cpu


@dataclass(frozen=True)
class Target:
    port: int
    tls: bool

    def url(self, path: str) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}{path}"


Drive = Callable[[float], Load]


class Generator(ABC):
    """Makes load of one kind."""

    per = "request"  # what processor time is divided by

    @abstractmethod
    def prepare(self, workspace: Workspace) -> None:
        """Finds or builds the program."""

    @abstractmethod
    def drive(self, target: Target, seconds: float) -> Load:
        """Makes load for so long, and returns when it is over."""

    @contextmanager
    def session(self, target: Target) -> Iterator[Drive]:
        """What has to be there before the measurement begins is made here."""
        yield lambda seconds: self.drive(target, seconds)


def _said(text: str, program: str) -> dict[str, int]:
    line = re.search(r"^RESULT (.*)$", text, re.M)
    if not line:
        raise BenchError(f"{program}: {text.strip()[-300:]!r} (expected: a line RESULT ...)")
    return {k: int(v) for k, v in (pair.split("=") for pair in line.group(1).split())}


def _milliseconds(said: dict[str, int]) -> dict[str, float]:
    return {k: said[k] / 1000 for k in ("p50", "p90", "p99", "max")}


@dataclass
class Wrk(Generator):
    """Closed loop: each connection sends its next request when it has its answer."""

    connections: int
    path: str = "/"
    fresh: bool = False  # a new connection for each request
    routes: int = 0

    def prepare(self, workspace: Workspace) -> None:
        self._program = need("wrk", "wrk")

    def drive(self, target: Target, seconds: float) -> Load:
        words = [self._program, "-t1", f"-c{self.connections}", f"-d{max(1, round(seconds))}s", "--timeout", "10s"]
        words += ["-s", str(BENCH / "clients" / "wrk.lua")]
        if self.fresh:
            words += ["-H", "Connection: close"]
        env = {"BENCH_ROUTES": str(self.routes)} if self.routes else {}
        text, cpu = _execute([*words, target.url(self.path)], seconds + 30, env)
        said = _said(text, "wrk")
        kinds = ("connect", "read", "write", "status", "timeout")
        return Load(
            # wrk counts answers; those with a bad status are among them.
            requests=said["requests"] - said["status"],
            seconds=said["us"] / 1e6,
            errors=sum(said[k] for k in kinds),
            latency=_milliseconds(said),
            note=" ".join(f"{k}={said[k]}" for k in kinds if said[k]),
            cpu=cpu,
        )


@dataclass
class Refused(Wrk):
    """The same while an event stream takes all the room there is: what counts are answers of 503."""

    held: str = "/events?ms=1000"

    @contextmanager
    def session(self, target: Target) -> Iterator[Drive]:
        holder = http.client.HTTPConnection("127.0.0.1", target.port, timeout=10)
        try:
            holder.request("GET", self.held)
            answer = holder.getresponse()
            if answer.status != 200 or not answer.read(1):
                raise BenchError(f"{self.held}: status {answer.status} (expected: 200 and an event)")
            yield lambda seconds: self.drive(target, seconds)
        finally:
            holder.close()

    def drive(self, target: Target, seconds: float) -> Load:
        words = [self._program, "-t1", f"-c{self.connections}", f"-d{max(1, round(seconds))}s", "--timeout", "10s"]
        words += ["-s", str(BENCH / "clients" / "wrk.lua"), target.url(self.path)]
        text, cpu = _execute(words, seconds + 30)
        said = _said(text, "wrk")
        served = said["requests"] - said["status"]
        broken = sum(said[k] for k in ("connect", "read", "write", "timeout"))
        note = f"served={served} broken={broken}" if served + broken else ""
        return Load(said["status"], said["us"] / 1e6, served + broken, _milliseconds(said), note, cpu=cpu)


class _Client(Generator):
    """A mode of the program in bench/clients."""

    def prepare(self, workspace: Workspace) -> None:
        self.program = client_program(workspace)

    def _run(self, words: list[str], seconds: float) -> tuple[Load, dict[str, int]]:
        text, cpu = _execute([str(self.program), *words], seconds + 90)
        said = _said(text, "client")
        first = re.search(r"^FIRST (.*)$", text, re.M)
        load = Load(said["requests"], said["us"] / 1e6, said["errors"], _milliseconds(said), cpu=cpu)
        if said["errors"]:
            load.note = f"{said['errors']}, the first: {first.group(1) if first else 'unknown'}"
        return load, said


def client_program(workspace: Workspace) -> Path:
    return workspace.go_program("client", sorted((BENCH / "clients").glob("*.go")))


@dataclass
class Transfer(_Client):
    """Closed loop of large bodies; those under way at the end are finished, so it takes a little longer."""

    connections: int
    path: str
    upload: int = 0
    expect: int = -1

    def drive(self, target: Target, seconds: float) -> Load:
        words = ["transfer", "-address", f"127.0.0.1:{target.port}", "-path", self.path]
        words += ["-connections", str(self.connections), "-seconds", str(seconds)]
        words += ["-upload", str(self.upload), "-expect", str(self.expect)]
        return self._run(words, seconds)[0]


@dataclass
class Handshakes(_Client):
    """Closed loop of new TLS connections with one request on each."""

    connections: int
    resume: bool
    path: str = "/"

    def drive(self, target: Target, seconds: float) -> Load:
        words = ["tls", "-address", f"127.0.0.1:{target.port}", "-path", self.path]
        words += ["-connections", str(self.connections), "-seconds", str(seconds)]
        words.append(f"-resume={str(self.resume).lower()}")
        load, said = self._run(words, seconds)
        load.extra["handshakes_per_s"] = load.requests / load.seconds
        resumed = said["resumed"] / load.requests if load.requests else 0.0
        if self.resume != (resumed > 0.9):
            load.note = f"{resumed:.0%} of the sessions resumed; {load.note}".rstrip("; ")
        return load


@dataclass
class AtRate(_Client):
    """Open loop: requests are due at fixed moments, and their time counts from those."""

    connections: int
    per_second: float
    path: str = "/"

    def drive(self, target: Target, seconds: float) -> Load:
        words = ["rate", "-address", f"127.0.0.1:{target.port}", "-path", self.path]
        words += ["-connections", str(self.connections), "-seconds", str(seconds), "-rate", f"{self.per_second:.3f}"]
        load, said = self._run(words, seconds)
        if said["unsent"]:
            load.errors += said["unsent"]
            load.note = f"{said['unsent']} requests never found a free connection; {load.note}".rstrip("; ")
        return load


@dataclass
class H2Load(Generator):
    """Closed loop over HTTP/2, with several streams on each connection."""

    connections: int
    streams: int
    path: str = "/"

    def prepare(self, workspace: Workspace) -> None:
        self._program = need("h2load", "nghttp2-client")
        self._log = workspace.work / "h2load.log"

    @contextmanager
    def session(self, target: Target) -> Iterator[Drive]:
        # With a duration, h2load does not end while one of its connections is still in its handshake, as with a JVM
        # that has just started: a few requests first, by count.
        count = self.connections * self.streams
        words = [self._program, "-t1", f"-c{self.connections}", f"-m{self.streams}", f"-n{count}"]
        _execute([*words, target.url(self.path)], 60)
        yield lambda seconds: self.drive(target, seconds)

    def drive(self, target: Target, seconds: float) -> Load:
        self._log.unlink(missing_ok=True)
        words = [self._program, "-t1", f"-c{self.connections}", f"-m{self.streams}", f"-D{max(1, round(seconds))}"]
        words += [f"--log-file={self._log}", target.url(self.path)]
        text, cpu = _execute(words, seconds + 30)
        finished = re.search(r"finished in ([\d.]+)(s|ms|m)", text)
        counts = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", text)
        if not finished or not counts:
            raise BenchError(f"h2load: {text.strip()[-300:]!r} (expected: finished in ..., ... succeeded)")
        if "Application protocol: h2" not in text:
            raise BenchError("h2load: another protocol was agreed on (expected: h2)")
        succeeded, failed, errored, timeout = map(int, counts.groups())
        return Load(
            requests=succeeded,
            # What it tells is the time from its start; the load itself lasted as long as it was told to.
            seconds=float(max(1, round(seconds))),
            errors=failed + timeout,
            latency=self._latency(),
            note=f"failed={failed} errored={errored} timeout={timeout}" if failed + timeout else "",
            cpu=cpu,
        )

    def _latency(self) -> dict[str, float]:
        took: list[int] = []
        if self._log.exists():
            with self._log.open(encoding="ascii") as f:
                took = sorted(int(fields[2]) for line in f if len(fields := line.split()) == 3)
        if len(took) < 2:
            return {}
        cuts = statistics.quantiles(took, n=100, method="inclusive")
        return {"p50": cuts[49] / 1000, "p90": cuts[89] / 1000, "p99": cuts[98] / 1000, "max": took[-1] / 1000}


@dataclass
class Events(_Client):
    """Open event streams, on which the origin sends an event now and then."""

    streams: int
    every_ms: int
    per = "event"

    def drive(self, target: Target, seconds: float) -> Load:
        with self.session(target) as drive:
            return drive(seconds)

    @contextmanager
    def session(self, target: Target) -> Iterator[Drive]:
        words = [str(self.program), "events", "-address", f"127.0.0.1:{target.port}"]
        words += ["-path", f"/events?ms={self.every_ms}", "-connections", str(self.streams)]
        with Held("client events", words) as client:
            _said(client.line(60), "client events")

            def drive(seconds: float) -> Load:
                cpu = proc.cpu_seconds([client.pid])[client.pid]
                before, began = _said(client.ask(), "client events"), time.monotonic()
                time.sleep(seconds)
                after, elapsed = _said(client.ask(), "client events"), time.monotonic() - began
                count = after["events"] - before["events"]
                load = Load(count, elapsed, after["errors"])
                load.cpu = proc.cpu_seconds([client.pid])[client.pid] - cpu
                load.extra["events_per_s"] = count / elapsed
                load.note = f"{after['errors']} of {self.streams} streams failed" if after["errors"] else ""
                return load

            yield drive


def stamp() -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
