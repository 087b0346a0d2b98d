"""Configuration files of peers: templates a reader can read, with @values@ and lines for some scenarios only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set

from .process import BenchError

_FLAG = re.compile(r"\s*#@(\w+)$")
_VALUE = re.compile(r"@(\w+)@")


def render(text: str, values: Mapping[str, object], flags: Set[str]) -> str:
    """Fills in @name@; a line that ends in #@flag stays only when the flag is among the flags."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            raise BenchError(f"template: @{name}@ (expected one of: {', '.join(sorted(values))})")
        return str(values[name])

    lines: list[str] = []
    for line in text.splitlines():
        flag = _FLAG.search(line)
        if flag and flag.group(1) not in flags:
            continue
        kept = line[: flag.start()] if flag else line
        lines.append(kept if kept.lstrip().startswith("#") else _VALUE.sub(value, kept))
    return "\n".join(lines) + "\n"
