"""What is measured: each scenario is a load, and what it asks of the proxies."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from .load import Events, Generator, H2Load, Handshakes, Refused, Transfer, Wrk
from .process import BenchError

SMALL = 105
MB = 1024 * 1024


@dataclass(frozen=True)
class Scenario:
    """
    Load that is driven in rounds.

    path, body: what the check before it asks for, and how many bytes it expects; body 0: it has no end
    origin: which of the origin's programs is behind the proxies, download or upload
    cores: workers, threads or selectors; None: as many as the run says
    fixed: connections of the phase at a fixed rate; 0: there is none
    """

    name: str
    about: str
    load: Generator
    path: str = "/"
    body: int = SMALL
    tls: bool = False
    origin: str = "download"
    cores: int | None = None
    routes: int = 0
    backends: int = 1
    fixed: int = 0
    refuses: bool = False  # whether one exchange is all that the proxies let through at a time

    @property
    def needs(self) -> frozenset[str]:
        features = {"routes": self.routes > 1, "backends": self.backends > 1, "refusal": self.refuses}
        return frozenset(name for name, needed in features.items() if needed)


@dataclass(frozen=True)
class Idle(Scenario):
    """Memory of connections that do nothing, over that of the process without them."""

    connections: int = 10_000


@dataclass(frozen=True)
class Startup(Scenario):
    """From the start of the program to its first answer."""


def _down() -> list[Scenario]:
    return [
        Scenario("down-1k", "1 KB down, 64 connections", Wrk(64, "/1k"), "/1k", 1024, fixed=64),
        Scenario("down-64k", "64 KB down, 64 connections", Wrk(64, "/files/64k"), "/files/64k", 65536, fixed=64),
        Scenario(
            "down-1m", "1 MB down, 16 connections", Transfer(16, "/files/1m", expect=MB), "/files/1m", MB, fixed=16
        ),
        Scenario(
            "down-100m",
            "100 MB down, 4 connections",
            Transfer(4, "/files/100m", expect=100 * MB),
            "/files/100m",
            100 * MB,
        ),
    ]


def _up() -> list[Scenario]:
    def up(name: str, about: str, load: Transfer) -> Scenario:
        # The check sends no body, so the origin says that it read none: "for=..." is for other paths.
        return Scenario(name, about, load, "/upload", body=1, origin="upload")

    return [
        up("up-1m", "1 MB up, 16 connections", Transfer(16, "/upload", upload=MB)),
        up("up-100m", "100 MB up, 4 connections", Transfer(4, "/upload", upload=100 * MB)),
    ]


def _tls() -> list[Scenario]:
    return [
        Scenario("tls-small", "TLS, 105 bytes down, 64 kept connections", Wrk(64), tls=True),
        Scenario("tls-resumed", "TLS, a resumed session for each request, 8 at once", Handshakes(8, True), tls=True),
        Scenario("tls-handshake", "TLS, a full handshake for each request, 8 at once", Handshakes(8, False), tls=True),
        Scenario("h2-small", "HTTP/2 over TLS, 105 bytes down, 16 connections with 8 streams", H2Load(16, 8), tls=True),
    ]


def _all() -> list[Scenario]:
    def small(connections: int) -> Scenario:
        about = f"105 bytes down, {connections} kept connection{'s' if connections > 1 else ''}"
        return Scenario(f"small-{connections}", about, Wrk(connections), fixed=connections)

    def routes(count: int) -> Scenario:
        about = f"105 bytes down, 64 connections, {count} routes asked in turn"
        return Scenario(f"routes-{count}", about, Wrk(64, routes=count), routes=count)

    def backends(count: int) -> Scenario:
        about = f"105 bytes down, 64 connections, {count:,} backends in turn"
        return Scenario(f"backends-{count}", about, Wrk(64), backends=count)

    def selectors(count: int) -> Scenario:
        about = f"105 bytes down, 64 connections, {count} worker{'s' if count > 1 else ''}, threads or selectors"
        return Scenario(f"selectors-{count}", about, Wrk(64), cores=count)

    return [
        *(small(n) for n in (1, 64, 512)),
        *_down(),
        *_up(),
        Scenario("new-connection", "105 bytes down, a new connection for each, 16 at once", Wrk(16, fresh=True)),
        *_tls(),
        Idle("idle-10000", "10,000 idle connections after one request on each", Wrk(1)),
        *(routes(n) for n in (1, 1000, 10_000)),
        *(backends(n) for n in (3, 1000)),
        Scenario(
            "events-1000",
            "1,000 event streams, an event each 100 ms on each",
            Events(1000, 100),
            "/events?ms=100",
            body=0,
            origin="upload",
        ),
        Scenario(
            "refusal",
            "503 to 64 kept connections, as an event stream takes all the room there is",
            Refused(64),
            "/",
            body=0,
            origin="upload",
            refuses=True,
        ),
        Startup("startup", "from the start of the program to its first answer", Wrk(1)),
        *(selectors(n) for n in (1, 2)),
    ]


SCENARIOS: dict[str, Scenario] = {s.name: s for s in _all()}


def chosen(wanted: list[str] | None) -> list[Scenario]:
    """All; or those that are named, by name, by the name's beginning (down) or by a pattern (*-1m)."""
    found: set[str] = set()
    for w in wanted or ["*"]:
        names = {n for n in SCENARIOS if n == w} or {n for n in SCENARIOS if n.startswith(w + "-") or fnmatchcase(n, w)}
        if not names:
            raise BenchError(f"--scenario: {w} (expected one of: {', '.join(SCENARIOS)})")
        found |= names
    return [s for s in SCENARIOS.values() if s.name in found]
