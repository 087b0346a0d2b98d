"""Figures as people read them."""

from __future__ import annotations

PROGRAMS = {
    "sluice": "Sluice",
    "sluice-plain": "Sluice",
    "nginx": "nginx",
    "haproxy": "HAProxy",
    "caddy": "Caddy",
    "apache": "Apache httpd",
    "go": "Go ReverseProxy",
    "jetty": "Jetty ProxyServlet",
    "undertow": "Undertow",
    "vertx": "Vert.x",
}


def program(peer: str) -> str:
    return PROGRAMS.get(peer, peer)


def short(value: float) -> str:
    """Three digits or so: 0.042, 1.18, 26.4, 264, 12,400."""
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    if size >= 1 or size == 0:
        return f"{value:.2f}"
    return f"{value:.3f}"


def amount(value: float, unit: str) -> str:
    """With its unit; what would be many microseconds in milliseconds."""
    if unit == "µs" and value >= 10_000:
        return f"{short(value / 1000)} ms"
    return f"{short(value)} {unit}"


def times(ratio: float) -> str:
    return f"{ratio:.2f} ×" if ratio < 10 else f"{ratio:.1f} ×"
