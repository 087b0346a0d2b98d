"""What the figures depend on besides the programs."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from .process import BenchError
from .workspace import REPOSITORY, run


def _first(file: str, key: str) -> str:
    for line in Path(file).read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return "unknown"


def commit() -> str:
    try:
        text = run(["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty", "--abbrev=12"], "git describe", 20)
    except BenchError:
        return "unknown"  # an unpacked archive has no history
    return text.strip()


def facts() -> dict[str, str]:
    return {
        "cpu": _first("/proc/cpuinfo", "model name"),
        "cores": str(os.cpu_count()),
        "kernel": platform.release(),
        "memory": f"{int(_first('/proc/meminfo', 'MemTotal').split()[0]) // 1024} MB",
        "sluice commit": commit(),
    }
