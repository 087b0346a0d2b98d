"""What clients said of their requests, and what of it was lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..process import BenchError
from ..results import Figure

# As bench/drains names them, in the order in which they are shown.
LOSSES = {
    "refused": "connection refused",
    "connect-reset": "reset after the connect",
    "closed": "closed before an answer",
    "truncated": "answer broken off",
    "5xx": "answered 5xx",
    "stream-reset": "stream reset",
    "goaway": "stream left behind by GOAWAY",
    "deadline": "cut at the deadline",
    "timeout": "no answer",
    "wrong": "wrong answer",
}
ELSEWHERE, WARM = "elsewhere", "warm"
# In a drain's last part, in parts of its deadline, what ends is taken to have been cut.
LAST = 0.9
ENDS = {
    "close-1001": "Close 1001",
    "close": "another Close",
    "clean": "clean end",
    "broken": "connection ended",
    "reset": "reset",
    "silent": "fell silent",
    "deadline": "at the deadline",
    "open": "still open after it",
}
LONG_LIVED = ("websocket", "events")


@dataclass
class Tally:
    """One trial."""

    finished: int = 0
    elsewhere: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    by_load: Counter[tuple[str, str]] = field(default_factory=Counter)
    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return self.finished + self.elsewhere + self.losses

    @property
    def losses(self) -> int:
        return sum(self.lost.values())

    def figures(self, scenario: str, peer: str, version: str, number: int) -> list[Figure]:
        loads = "; ".join(f"{load} {kind} {n}" for (load, kind), n in sorted(self.by_load.items()))
        values: dict[str, float] = {"requests": self.requests, "finished": self.finished, "elsewhere": self.elsewhere}
        values |= {f"lost_{kind}": self.lost[kind] for kind in LOSSES if self.lost[kind]}
        values |= {f"{load}_{how}": n for (load, how), n in sorted(self.ends.items())}
        figures = [Figure(scenario, peer, version, number, metric, value, "count") for metric, value in values.items()]
        return [*figures, Figure(scenario, peer, version, number, "lost", self.losses, "count", loads)]


def tally(text: str, moments: Sequence[float], deadline: float, restart: bool) -> Tally:
    """
    moments: seconds of the system's clock at which the program was told to stop or to restart. In a stop, a connection that
    is refused after it is the end of a client and no request.
    """
    result = Tally()
    for line in text.splitlines():
        cells = line.split("\t")
        if len(cells) != 5 or not cells[1].isdigit() or not cells[2].isdigit():
            raise BenchError(f"clients: {line[:200]} (expected: load, beginning, end, outcome, detail)")
        load, outcome, detail = cells[0], cells[3], cells[4]
        began, ended = int(cells[1]) / 1e6, int(cells[2]) / 1e6
        if outcome == "ok":
            result.finished += int(detail)
        elif outcome == WARM:
            continue
        elif outcome == ELSEWHERE:
            result.elsewhere += 1
        elif outcome.startswith("end-"):
            _long_lived(result, load, outcome, (began, ended), moments, deadline)
        elif outcome == "refused" and not restart and moments and ended >= moments[0]:
            continue
        else:
            if outcome not in LOSSES:
                raise BenchError(f"clients: {outcome} (expected one of: {', '.join(LOSSES)})")
            since = _since(began, moments)
            if outcome not in ("refused", "5xx", "wrong", "timeout") and _at_deadline(ended, moments, deadline):
                outcome = "deadline"
            result.lost[outcome] += 1
            result.by_load[load, outcome] += 1
            result.examples.append(
                f"{load}: {cells[3]}: began {since}, ended {_since(ended, moments)}: {detail}"
            )
    return result


def _since(at: float, moments: Sequence[float]) -> str:
    """In milliseconds, from the last moment before it, or else before the first."""
    if not moments:
        return "in calm"
    return f"{(at - max((m for m in moments if m <= at), default=moments[0])) * 1000:+.0f} ms"


def _at_deadline(ended: float, moments: Sequence[float], deadline: float) -> bool:
    # Of the last one: the next restart waits until the old processes have gone.
    before = [m for m in moments if m <= ended]
    return bool(before) and ended - before[-1] >= LAST * deadline


def _long_lived(
    result: Tally, load: str, outcome: str, lasted: tuple[float, float], moments: Sequence[float], deadline: float
) -> None:
    began, ended = lasted
    how = outcome.removeprefix("end-")
    if how == "client":
        # With the trial. One that is older than the last restart has outlived it; the others began on what runs now.
        if not moments or began >= moments[-1]:
            return
        how = "open"
    if how.startswith("close-") and how != "close-1001":
        how = "close"
    if how in ("broken", "reset") and _at_deadline(ended, moments, deadline):
        how = "deadline"
    result.ends[load, how] += 1
