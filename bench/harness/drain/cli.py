"""The command line of bench/drain."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from .. import machine, results
from ..cli import REQUIRED, choose, interrupt, say, variants
from ..http import wait_for
from ..load import stamp
from ..peers import Jvm, Peer, Sluice, all_peers
from ..process import BenchError
from ..workspace import BENCH, Certificate, Workspace
from .summary import summary
from .trials import EXITS, Plan, Subject, Trials
from .ways import way_of

# Sluice stopped and started again, to see what its other way is worth.
PLAIN = "sluice-plain"
NAMES = ["nginx", "sluice", "haproxy", "caddy", "jetty", PLAIN]


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="bench/drain",
        description="What a stop and a restart cost under a mixed load: requests lost by kind, how WebSockets and event "
        "streams end, and the time to the end. Every figure goes to bench/results as CSV.",
    )
    p.add_argument("--check", action="store_true", help="a short test of Sluice; exit status 1 when something is lost")
    p.add_argument("--stops", type=int, metavar="N", help="of each program, under load (default 50)")
    p.add_argument("--restarts", type=int, metavar="N", help="of each program, under load (default 50)")
    p.add_argument("--exits", type=int, metavar="N", help="of each kind, to measure the time to the end (default 3)")
    p.add_argument("--peer", action="append", metavar="NAME", help=f"only this one; may be repeated: {', '.join(NAMES)}")
    p.add_argument(
        "--variant",
        action="append",
        default=[],
        metavar="NAME=JAR[,OPTS]",
        help="another Sluice beside this one, from another jar or with other JVM options; may be repeated",
    )
    p.add_argument("--batch", type=int, default=10, metavar="N", help="restarts of one process (default %(default)s)")
    p.add_argument("--deadline", type=int, metavar="S", help="of each drain, in whole seconds (default 3)")
    p.add_argument("--without", default="", metavar="LOADS", help="loads to leave out, with commas: websocket,events")
    p.add_argument("--cores", type=int, default=1, metavar="N", help="workers or selectors of each (default 1)")
    p.add_argument("--java", type=Path, metavar="HOME", help="the Java of all JVMs (default: JAVA_HOME, or PATH)")
    p.add_argument("--port-base", type=int, default=23000, metavar="P", help="ports P to P+49 of 127.0.0.1 are used")
    p.add_argument("--output", type=Path, metavar="FILE", help="the CSV (default: bench/results/<time>-drain.csv)")
    p.add_argument("--lock", type=Path, metavar="FILE", help="hold this lock (flock) during each trial")
    p.add_argument("--verbose", action="store_true", help="name single losses of others than Sluice too")
    return p


def plan(args: argparse.Namespace) -> Plan:
    check = args.check

    def number(value: int | None, usual: int, short: int) -> int:
        chosen = value if value is not None else short if check else usual
        if not 0 <= chosen <= 1000:
            raise BenchError(f"{chosen} (expected: 0 to 1000)")
        return chosen

    deadline = number(args.deadline, 3, 10)
    return Plan(
        stops=number(args.stops, 50, 2),
        restarts=number(args.restarts, 50, 2),
        batch=max(1, args.batch),
        exits=number(args.exits, 3, 0),
        deadline=deadline,
        slow=0.7,
        cores=args.cores,
        port_base=args.port_base,
        # What has no end of its own would keep each drain to its deadline.
        without=tuple(args.without.split(",") if args.without else ("events",) if check else ()),
        lock=args.lock,
        verbose=args.verbose,
        say=say,
    )


def subjects(
    args: argparse.Namespace, jvm: Jvm, workspace: Workspace, failures: list[tuple[str, str, str]]
) -> list[Subject]:
    wanted = ["sluice"] if args.check and not args.peer else choose("peer", args.peer, NAMES)
    known = {p.name: p for p in [*all_peers(jvm), Sluice(jvm, PLAIN)]}
    peers: list[Peer] = [known[name] for name in NAMES if name in wanted]
    peers += variants(args, jvm)
    found = []
    for index, peer in enumerate(peers):
        try:
            version = peer.find(workspace)
        except BenchError as e:
            failures.append(("all", peer.name, str(e)))
            say(f"{peer.name}: left out: {e}")
            continue
        plain = peer.name == PLAIN
        found.append(Subject(peer, version, way_of(peer, plain), index, plain))
    return found


def rounds(made: Trials, found: list[Subject]) -> None:
    """In turn, A B C A B C: what disturbs one for a while disturbs the others too."""
    p = made.plan
    whole = [s for s in found if not s.only_restarts]
    for scenario in EXITS:
        for number in range(1, p.exits + 1):
            for subject in whole:
                made.exit(scenario, subject, number, max(4, p.deadline))
    for number in range(1, p.stops + 1):
        for subject in whole:
            made.stop(subject, number)
    for first in range(1, p.restarts + 1, p.batch):
        for subject in found if first == 1 else whole:
            made.restart(subject, first, min(p.batch, p.restarts + 1 - first))


def measure(args: argparse.Namespace) -> int:
    jvm = Jvm(args.java)
    chosen = plan(args)
    workspace = Workspace(args.port_base)
    run = stamp()
    try:
        certificate = Certificate.make(workspace.directory("certificate"))
        made = Trials(workspace, chosen, certificate, f"127.0.0.1:{args.port_base}")
        found = subjects(args, jvm, workspace, made.failures)
        program = Trials.program(workspace)
        words = [str(program), "origin", "-address", made.origin]
        origin = workspace.children.start("origin", words, workspace.work / "origin.log")
        wait_for(origin, args.port_base, "/short", 10)
        facts = machine.facts() | {f"version of {s.peer.name}": s.version for s in found}
        try:
            rounds(made, found)
        finally:
            # A run that is broken off has not been for nothing.
            if made.figures:
                say("\n" + summary(made.figures))
            if made.figures and not args.check:
                output = args.output or BENCH / "results" / f"{run}-drain.csv"
                results.write(output, run, facts, [*made.figures, *results.failed(made.failures)])
                say(f"figures: {output}")
        return verdict(made, args.check)
    finally:
        workspace.close()


def verdict(made: Trials, strict: bool) -> int:
    for scenario, peer, reason in made.failures:
        say(f"failed: {scenario}: {peer}: {reason}")
    bad = any(peer in REQUIRED for _, peer, _ in made.failures)
    if strict:
        lost = sum(f.value for f in made.figures if f.metric == "lost")
        asked = sum(f.value for f in made.figures if f.metric == "requests")
        bad |= lost > 0 or not asked
        say(f"bench/drain --check: {asked:.0f} requests, {lost:.0f} lost: {'failed' if bad else 'passed'}")
    return 1 if bad else 0


def main(arguments: list[str]) -> int:
    args = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    try:
        return measure(args)
    except BenchError as e:
        print(f"bench/drain: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as e:
        print(f"bench/drain: ended by {str(e) or 'SIGINT'}", file=sys.stderr)
        return 130
