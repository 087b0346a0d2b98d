"""What is measured: each scenario is a load, and what it asks of the proxies."""

from __future__ import annotations

from dataclasses import dataclass

from .load import Generator, Wrk


@dataclass(frozen=True)
class Scenario:
    """Load that is driven in rounds. Sizes in bytes; `body` is the length of the answer to `path`."""

    name: str
    about: str
    load: Generator
    path: str = "/"
    body: int = 105
    tls: bool = False
    origin: str = "download"
    cores: int | None = None  # None: what the run says
    routes: int = 0
    backends: int = 1
    fixed: int = 0  # connections of the phase at a fixed rate; 0: there is none
    needs: frozenset[str] = frozenset()
    method: str = "GET"


SMALL = 105


def _all() -> list[Scenario]:
    return [
        *(
            Scenario(f"small-{n}", f"105 bytes down, {n} kept connections", Wrk(n), fixed=n)
            for n in (1, 64, 512)
        ),
    ]


SCENARIOS: dict[str, Scenario] = {s.name: s for s in _all()}
