"""The load generators, and what they say."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from .process import BenchError
from .workspace import BENCH, Workspace, need


@dataclass
class Load:
    """What one run of a generator saw. Times in milliseconds."""

    requests: int
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


class Generator:
    """Makes load of one kind; `drive` returns when it is over."""

    def prepare(self, workspace: Workspace) -> None:
        """Finds or builds the program."""
        raise NotImplementedError

    def drive(self, target: Target, seconds: float) -> Load:
        raise NotImplementedError


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
        line = re.search(r"^RESULT (.*)$", text, re.M)
        if not line:
            raise BenchError(f"wrk: {text.strip()[-300:]!r} (expected: a line RESULT ...)")
        said = {k: int(v) for k, v in (pair.split("=") for pair in line.group(1).split())}
        kinds = ("connect", "read", "write", "status", "timeout")
        return Load(
            requests=said["requests"],
            seconds=said["us"] / 1e6,
            errors=sum(said[k] for k in kinds),
            latency={k: said[k] / 1000 for k in ("p50", "p90", "p99", "max")},
            note=" ".join(f"{k}={said[k]}" for k in kinds if said[k]),
            cpu=cpu,
        )


def stamp() -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
