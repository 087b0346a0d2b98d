"""Which scenarios belong together, and what is shown of them."""

from __future__ import annotations

from dataclasses import dataclass

from .results import REFERENCE, Results


@dataclass(frozen=True)
class Column:
    """One scenario, seen through one metric."""

    scenario: str
    title: str
    metric: str
    unit: str
    compared: bool = True
    """Whether the ratio to nginx is what counts."""


@dataclass(frozen=True)
class Section:
    name: str
    title: str
    reading: str
    """What is measured, and which way is better."""
    columns: list[Column]
    charted: bool = True
    more_is_better: bool = False


def cpu(scenario: str, title: str) -> Column:
    return Column(scenario, title, "cpu_us_per_request", "µs")


def heading(results: Results, column: Column) -> str:
    """The title of a column; where it was measured at a fixed rate, with that rate."""
    rate = results.median(column.scenario, REFERENCE, "fixed_rate") if column.metric.startswith("fixed_") else None
    return f"{column.title}, {rate:,.0f} requests/s" if rate else column.title


CPU = "Processor time of the proxy per request, × nginx; less is better"

OVERVIEW = Section("overview", "Small bodies, 64 connections", CPU, [cpu("small-64", "")])

SECTIONS = [
    Section(
        "small",
        "Small bodies",
        CPU,
        [
            cpu("small-1", "1 connection"),
            cpu("small-64", "64 connections"),
            cpu("small-512", "512 connections"),
            cpu("new-connection", "a new connection each"),
        ],
    ),
    Section(
        "bodies",
        "Larger bodies, down and up",
        CPU,
        [
            cpu("down-1k", "1 KB down"),
            cpu("down-64k", "64 KB down"),
            cpu("down-1m", "1 MB down"),
            cpu("down-100m", "100 MB down"),
            cpu("up-1m", "1 MB up"),
            cpu("up-100m", "100 MB up"),
        ],
    ),
    Section(
        "tls",
        "TLS and HTTP/2",
        CPU,
        [
            cpu("tls-small", "TLS, kept connections"),
            cpu("tls-resumed", "TLS, resumed sessions"),
            cpu("tls-handshake", "TLS, full handshakes"),
            cpu("h2-small", "HTTP/2 over TLS"),
        ],
    ),
    Section(
        "handshakes",
        "TLS handshakes",
        "Handshakes per second; more is better",
        [
            Column("tls-handshake", "full", "handshakes_per_s", "/s", compared=False),
            Column("tls-resumed", "resumed", "handshakes_per_s", "/s", compared=False),
        ],
        charted=False,
        more_is_better=True,
    ),
    Section(
        "memory",
        "10,000 idle connections",
        "Memory for each connection, KB; less is better",
        [Column("idle-10000", "", "kb_per_connection", "KB", compared=False)],
    ),
    Section(
        "startup",
        "Start to the first answered request",
        "Milliseconds from exec; less is better",
        [
            Column("startup", "start", "startup_ms", "ms", compared=False),
            Column("startup", "with a class archive", "startup_cds_ms", "ms", compared=False),
        ],
    ),
    Section(
        "routes",
        "Many routes, many backends",
        CPU,
        [
            cpu("routes-1", "1 route"),
            cpu("routes-1000", "1,000 routes"),
            cpu("routes-10000", "10,000 routes"),
            cpu("backends-3", "3 backends"),
            cpu("backends-1000", "1,000 backends"),
        ],
    ),
    Section(
        "refusal",
        "A refusal: 503 while all room is taken",
        CPU,
        [cpu("refusal", "64 connections")],
        charted=False,
    ),
    Section(
        "events",
        "1,000 open event streams",
        "Processor time of the proxy per event, µs; less is better",
        [Column("events-1000", "", "cpu_us_per_event", "µs", compared=False)],
    ),
    Section(
        "latency",
        "Latency at a fixed rate",
        "99th percentile, ms, at the same rate for all; less is better",
        [
            Column("small-1", "1 connection", "fixed_p99_ms", "ms", compared=False),
            Column("small-64", "64 connections", "fixed_p99_ms", "ms", compared=False),
            Column("small-512", "512 connections", "fixed_p99_ms", "ms", compared=False),
        ],
    ),
    Section(
        "throughput",
        "Requests per second, as many as go",
        "Requests per second; more is better",
        [
            Column("small-1", "1 connection", "rps", "/s", compared=False),
            Column("small-64", "64 connections", "rps", "/s", compared=False),
            Column("small-512", "512 connections", "rps", "/s", compared=False),
        ],
        charted=False,
        more_is_better=True,
    ),
]


@dataclass(frozen=True)
class Goal:
    scenario: str
    title: str
    most: float


GOALS = [
    Goal("small-64", "small body, 64 connections", 1.2),
    Goal("small-1", "small body, 1 connection", 1.3),
    Goal("small-512", "small body, 512 connections", 1.3),
    Goal("down-64k", "64 KB down", 0.9),
    Goal("down-1m", "1 MB down", 0.9),
    Goal("up-1m", "1 MB up", 1.2),
    Goal("tls-small", "TLS, kept connections, small body", 1.6),
    Goal("h2-small", "HTTP/2 clients, small body", 1.6),
    Goal("new-connection", "a new connection each request", 1.5),
]

# Whom Sluice wants to be cheaper than in every scenario.
OUTRUN = ["undertow", "vertx", "caddy", "go", "jetty"]
