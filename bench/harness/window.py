"""One measurement: what a proxy used while a load was driven at it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from . import proc
from .load import Load


@dataclass(frozen=True)
class Window:
    load: Load
    cpu: float  # processor seconds of the proxy, all in all
    jit: float  # of which its compiler threads
    gc: float  # and its collector threads
    other: float  # share of the machine that went to processes that are none of ours, and to other guests of its host


@contextmanager
def _watching(threads: proc.JvmThreads | None) -> Iterator[None]:
    if threads is None:
        yield
        return
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.25):
            threads.look()

    threads.look()
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        threads.look()


def measure(pid: int, ours: list[int], threads: proc.JvmThreads | None, drive: Callable[[], Load]) -> Window:
    """Drives the load; `ours` are all processes whose work is part of the measurement."""

    def kinds() -> tuple[float, float]:
        return (threads.seconds("jit"), threads.seconds("gc")) if threads else (0.0, 0.0)

    if threads:
        threads.look()
    jit, gc = kinds()
    self_before, machine = os.times(), proc.Machine.now()
    before, began = proc.cpu_seconds(ours), time.monotonic()
    with _watching(threads):
        load = drive()
    elapsed, after = time.monotonic() - began, proc.cpu_seconds(ours)
    machine_after, self_after = proc.Machine.now(), os.times()
    jit_after, gc_after = kinds()

    used = {p: after[p] - before[p] for p in ours}
    harness = self_after.user + self_after.system - self_before.user - self_before.system
    foreign = machine_after.busy - machine.busy - sum(used.values()) - load.cpu - harness
    stolen = machine_after.stolen - machine.stolen
    share = (max(0.0, foreign) + stolen) / (elapsed * proc.PROCESSORS)
    return Window(load, used[pid], jit_after - jit, gc_after - gc, share)
