"""The Debian packages that a full run needs: installed as root on Debian, named elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from .process import BenchError
from .workspace import run, which

# program, package, what for
PROGRAMS = [
    ("nginx", "nginx-light", "the peer that ratios refer to, and the origin"),
    ("haproxy", "haproxy", "a peer"),
    ("caddy", "caddy", "a peer"),
    ("apache2", "apache2", "a peer"),
    ("go", "golang-go", "a peer, the origin of uploads and event streams, and some clients"),
    ("mvn", "maven", "builds the peers on a JVM, and Sluice"),
    ("java", "openjdk-17-jdk-headless", "runs them"),
    ("wrk", "wrk", "load over HTTP/1.1"),
    ("h2load", "nghttp2-client", "load over HTTP/2"),
    ("openssl", "openssl", "the certificate"),
]
POLICY = Path("/usr/sbin/policy-rc.d")


def missing() -> list[tuple[str, str, str]]:
    return [p for p in PROGRAMS if not which(p[0])]


def install(say: Callable[[str], None]) -> int:
    lacking = missing()
    if not lacking:
        say("bench/run: nothing is missing")
        return 0
    packages = [package for _, package, _ in lacking]
    for program, package, reason in lacking:
        say(f"bench/run: missing: {program}: {reason} (Debian package {package})")
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists() or not which("apt-get"):
        say(f"bench/run: install them, for instance: apt-get install {' '.join(packages)}")
        return 1
    say(f"bench/run: installing {' '.join(packages)}")
    # While policy-rc.d says 101, packages start nothing: a peer must not begin to serve port 80 of this machine.
    ours = not POLICY.exists()
    if ours:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        _apt(packages)
    finally:
        if ours:
            POLICY.unlink(missing_ok=True)
    left = missing()
    for program, package, _ in left:
        say(f"bench/run: {program}: still missing (Debian package {package})")
    return 1 if left else 0


def _apt(packages: list[str]) -> None:
    apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    wanted = [*apt, "install", "--no-install-recommends", "-y", *packages]
    try:
        run(wanted, "apt-get install", 1800, DEBIAN_FRONTEND="noninteractive")
    except BenchError:
        # A list of packages that is missing or old shows as a failure: only then is it worth the time to get a new one.
        run([*apt, "update"], "apt-get update", 600)
        run(wanted, "apt-get install", 1800, DEBIAN_FRONTEND="noninteractive")
