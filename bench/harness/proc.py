"""What the kernel says about processes and the machine (/proc): processor time, memory, who belongs to whom."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TICK = 1.0 / os.sysconf("SC_CLK_TCK")
PROCESSORS = os.cpu_count() or 1

# The kernel cuts names of threads at 15 characters.
JIT_THREADS = ("C1 CompilerThre", "C2 CompilerThre", "JVMCI-native Co")
GC_THREADS = ("GC Thread#", "G1 ", "ZDriver", "ZWorker", "ZDirector", "ZStat", "Shenandoah", "VM Periodic")


@dataclass(frozen=True)
class Pid:
    """A process for sure: numbers are used again, pairs of number and start time are not."""

    number: int
    start: int


def _stat(path: str) -> tuple[str, list[str]] | None:
    """Name, and the fields after it, of a process or thread; None when it is gone."""
    try:
        with open(path, encoding="ascii", errors="replace") as f:
            text = f.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # A name may hold blanks and parentheses: the last ")" ends it.
    end = text.rindex(")")
    return text[text.index("(") + 1 : end], text[end + 2 :].split()


def started(pid: int) -> int | None:
    stat = _stat(f"/proc/{pid}/stat")
    return int(stat[1][19]) if stat else None


def _all_processes() -> dict[int, list[tuple[Pid, float]]]:
    """Parent's number -> its children, each with the processor seconds of itself and of its children that ended."""
    children: dict[int, list[tuple[Pid, float]]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            stat = _stat(f"/proc/{name}/stat")
            if stat:
                fields = stat[1]
                seconds = sum(int(f) for f in fields[11:15]) * TICK
                children.setdefault(int(fields[1]), []).append((Pid(int(name), int(fields[19])), seconds))
    return children


def _descend(root: int, children: dict[int, list[tuple[Pid, float]]]) -> list[tuple[Pid, float]]:
    found = [c for kids in children.values() for c in kids if c[0].number == root]
    for pid, _ in found:  # grows while it is walked
        found.extend(children.get(pid.number, []))
    return found


def family(root: int) -> list[Pid]:
    """The process and all its descendants, itself first."""
    return [pid for pid, _ in _descend(root, _all_processes())]


def cpu_seconds(roots: Iterable[int]) -> dict[int, float]:
    """User and system time of each process, its threads and its descendants, those that ended included."""
    children = _all_processes()
    return {root: sum(seconds for _, seconds in _descend(root, children)) for root in roots}


def memory_mb(root: int) -> float:
    """
    Memory in RAM, in units of 1024 * 1024 bytes, where a page that several processes share counts in parts (PSS).
    """
    total = 0
    for pid in family(root):
        total += _pss_kb(pid.number)
    return total / 1024


def _pss_kb(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except PermissionError:
        # Not ours to look into so closely: all resident pages instead, which counts shared ones in full.
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") // 1024
    except (FileNotFoundError, ProcessLookupError):
        pass  # ended since it was listed: it holds nothing
    return 0


class JvmThreads:
    """
    Processor time of a JVM's compiler and collector threads. The JVM starts and ends these as it needs them, and the
    kernel forgets a thread with its end: look often enough, and little is lost.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._seen: dict[tuple[str, str], tuple[str, float]] = {}

    def look(self) -> None:
        tasks = f"/proc/{self._pid}/task"
        try:
            threads = os.listdir(tasks)
        except (FileNotFoundError, ProcessLookupError):
            return
        for tid in threads:
            stat = _stat(f"{tasks}/{tid}/stat")
            if not stat:
                continue
            name, fields = stat
            kind = "jit" if name.startswith(JIT_THREADS) else "gc" if name.startswith(GC_THREADS) else None
            if kind:
                self._seen[tid, fields[19]] = (kind, (int(fields[11]) + int(fields[12])) * TICK)

    def seconds(self, kind: str) -> float:
        return sum(seconds for k, seconds in self._seen.values() if k == kind)


@dataclass(frozen=True)
class Machine:
    """Processor seconds of the whole machine since it started."""

    busy: float
    stolen: float

    @staticmethod
    def now() -> Machine:
        with open("/proc/stat", encoding="ascii") as f:
            user, nice, system, _idle, _iowait, _irq, _softirq, steal = (int(x) for x in f.readline().split()[1:9])
        # Interrupts are left out: the kernel counts them here, and in the process that they struck as well.
        return Machine((user + nice + system) * TICK, steal * TICK)
