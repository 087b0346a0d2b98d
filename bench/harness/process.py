"""Child processes: each one started here is ended here, by its id, however the run ends."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType

from . import proc

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class BenchError(Exception):
    """What stops a peer, a scenario or the run; its text is for the one who started it."""


def _die_with_parent() -> None:
    # A harness that is killed outright cannot clean up: the kernel does it then.
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """A program in the background, its output in a file."""

    def __init__(self, name: str, command: list[str], log: Path, env: dict[str, str] | None = None) -> None:
        self.name = name
        self.log = log
        self.started = time.monotonic()
        with log.open("ab") as out:
            # A session of its own: Ctrl+C is for the harness, which then ends its children in order.
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=None if env is None else {**os.environ, **env},
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self.pid = self._popen.pid

    def alive(self) -> bool:
        return self._popen.poll() is None

    def kill(self) -> None:
        """Ends it without a word, and waits until it has gone."""
        self._popen.kill()
        self._popen.wait()

    def wait(self, patience: float) -> None:
        """Until it has ended by itself."""
        try:
            self._popen.wait(patience)
        except subprocess.TimeoutExpired as e:
            raise BenchError(f"{self.name}: still running after {patience:g} s") from e

    def status(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        return self._popen.poll()

    def gone_after(self, patience: float) -> float | None:
        """Waits until it has ended by itself: seconds from now, to the millisecond; None when it had not by then."""
        began = time.monotonic()
        if self.alive():
            handle = os.pidfd_open(self.pid)
            try:
                # Not wait(), which looks only every 50 ms.
                select.select([handle], [], [], patience)
            finally:
                os.close(handle)
        return None if self.alive() else time.monotonic() - began

    def tail(self, lines: int = 8) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def stop(self, patience: float = 5.0) -> None:
        """Ends the process and what it started; idempotent."""
        family = proc.family(self.pid)
        if self.alive():
            self._popen.terminate()
            try:
                self._popen.wait(patience)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()
        for pid in family[1:]:
            # Workers that outlive their master. Their start time guards against an id that is used anew.
            if proc.started(pid.number) == pid.start:
                _signal(pid.number, signal.SIGKILL)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass  # it has ended in the meantime, which is what was wanted


class Children:
    """Everything that runs at the moment."""

    def __init__(self) -> None:
        self._all: list[Child] = []

    def start(self, name: str, command: list[str], log: Path, env: dict[str, str] | None = None) -> Child:
        try:
            child = Child(name, command, log, env)
        except OSError as e:
            raise BenchError(f"{name}: {command[0]}: {e.strerror}") from e
        self._all.append(child)
        return child

    def stop(self, child: Child) -> None:
        child.stop()
        self._all = [c for c in self._all if c is not child]

    def stop_all(self) -> None:
        for child in reversed(list(self._all)):
            self.stop(child)

    def pids(self) -> list[int]:
        return [c.pid for c in self._all]


class Held:
    """A client that holds something open, answers each line it is sent with one line, and ends with its input."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self._popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_die_with_parent,
            bufsize=0,
        )
        self.pid = self._popen.pid

    def __enter__(self) -> Held:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._popen.kill()
        self._popen.communicate()

    def line(self, patience: float) -> str:
        out = self._popen.stdout
        assert out is not None, "stdout is a pipe"
        if not select.select([out], [], [], patience)[0]:
            raise BenchError(f"{self.name}: nothing said within {patience:g} s")
        text = out.readline().decode()
        if not text:
            error = self._popen.communicate()[1].decode(errors="replace")
            raise BenchError(f"{self.name}: ended: {error.strip()[-300:]}")
        return text

    def ask(self, patience: float = 30) -> str:
        assert self._popen.stdin is not None, "stdin is a pipe"
        self._popen.stdin.write(b"\n")
        return self.line(patience)


class Crowd:
    """Clients that go on until their input ends, and write into a file: what they have to say would fill a pipe."""

    def __init__(self, name: str, command: list[str], output: Path) -> None:
        self.name = name
        self._output = output
        with output.open("wb") as out:
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._popen.kill()
        self._popen.wait()
        assert self._popen.stdin is not None, "stdin is a pipe"
        self._popen.stdin.close()

    def said(self, what: str, patience: float) -> None:
        """Waits until that is in what they write."""
        end = time.monotonic() + patience
        while what not in self._output.read_text(errors="replace"):
            if self._popen.poll() is not None or time.monotonic() > end:
                raise BenchError(f"{self.name}: not {what.strip()} within {patience:g} s: {self._tail()}")
            time.sleep(0.02)

    def _tail(self) -> str:
        return self._output.read_text(errors="replace").strip()[-300:]

    def end(self, by_itself: float, patience: float = 30) -> str:
        """Waits that long for them to end by themselves, then tells them to; gives what they wrote."""
        assert self._popen.stdin is not None, "stdin is a pipe"
        try:
            self._popen.wait(by_itself)
        except subprocess.TimeoutExpired:
            self._popen.stdin.close()
            try:
                self._popen.wait(patience)
            except subprocess.TimeoutExpired as e:
                raise BenchError(f"{self.name}: still running {patience:g} s after they were told to end") from e
        text = self._output.read_text(errors="replace")
        if self._popen.returncode:
            raise BenchError(f"{self.name}: exit status {self._popen.returncode}: {self._tail()}")
        return text
