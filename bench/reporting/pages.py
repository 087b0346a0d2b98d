"""Puts blocks between their markers in a page: <!-- bench:NAME --> ... <!-- /bench -->."""

from __future__ import annotations

import re

MARKED = re.compile(r"(<!-- bench:([a-z0-9-]+) -->\n)(.*?)(<!-- /bench -->)", re.DOTALL)
OPENING = re.compile(r"<!-- bench:")


class PageError(Exception):
    """A page whose markers do not fit; the message names the place."""


def fill(name: str, page: str, blocks: dict[str, str]) -> str:
    def block(match: re.Match[str]) -> str:
        key = match.group(2)
        if key not in blocks:
            line = page.count("\n", 0, match.start()) + 1
            raise PageError(f"{name}:{line}: bench:{key} (expected: one of {', '.join(sorted(blocks))})")
        return f"{match.group(1)}{blocks[key]}\n{match.group(4)}"

    if len(OPENING.findall(page)) != len(MARKED.findall(page)):
        raise PageError(f"{name}: a marker <!-- bench:NAME --> without its <!-- /bench --> (expected: pairs)")
    return MARKED.sub(block, page)
