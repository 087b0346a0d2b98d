"""The command line of bench/run."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from . import install, machine, results
from .load import stamp
from .origin import Origin
from .peers import Jvm, Peer, Sluice, all_peers
from .process import BenchError
from .rounds import Bench, Failure, Plan, run_scenario
from .scenarios import SCENARIOS, Idle, Scenario, Startup, chosen
from .special import run_idle, run_startup
from .workspace import BENCH, Certificate, Workspace

# Without these there is nothing to compare.
REQUIRED = ("sluice", "nginx")


def say(text: str) -> None:
    print(text, flush=True)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="bench/run",
        description="Measures Sluice beside other reverse proxies: processor time per request, requests per second, "
        "latency, memory. Prints medians and ratios to nginx; every figure goes to bench/results as CSV.",
    )
    p.add_argument("--list", action="store_true", help="name the scenarios and the peers, and end")
    p.add_argument("--install", action="store_true", help="install what is missing (as root on Debian), or name it")
    p.add_argument("--check", action="store_true", help="a minute's smoke: nginx and Sluice, small-64; writes no CSV")
    p.add_argument("--quick", action="store_true", help="short rounds: 3 of 2 seconds, 12 seconds to warm a JVM")
    p.add_argument("--scenario", action="append", metavar="NAME", help="only these: name, beginning (down) or pattern")
    p.add_argument("--peer", action="append", metavar="NAME", help="only this one; may be repeated; all by default")
    p.add_argument("--rounds", type=int, metavar="N", help="rounds A B C (default 5)")
    p.add_argument("--seconds", type=float, metavar="S", help="of load for each peer in each round (default 5)")
    p.add_argument("--warm", type=float, metavar="S", help="of load before that for a peer on a JVM (default 20)")
    p.add_argument("--cores", type=int, default=1, metavar="N", help="workers or selectors of each peer (default 1)")
    p.add_argument("--java", type=Path, metavar="HOME", help="the Java of all JVMs (default: JAVA_HOME, or PATH)")
    p.add_argument("--sluice-opts", default="", metavar="OPTS", help="JVM options for Sluice, on top of bin/sluice's")
    p.add_argument(
        "--variant",
        action="append",
        default=[],
        metavar="NAME=JAR[,OPTS]",
        help="another Sluice beside this one, from another jar or with other JVM options; may be repeated",
    )
    p.add_argument("--port-base", type=int, default=21000, metavar="P", help="ports P to P+199 of 127.0.0.1 are used")
    p.add_argument("--output", type=Path, metavar="FILE", help="the CSV (default: bench/results/<time>-<what>.csv)")
    p.add_argument("--lock", type=Path, metavar="FILE", help="hold this lock (flock) while load is driven")
    return p


def choose(kind: str, wanted: list[str] | None, known: list[str]) -> list[str]:
    unknown = [w for w in wanted or [] if w not in known]
    if unknown:
        raise BenchError(f"--{kind}: {', '.join(unknown)} (expected one of: {', '.join(known)})")
    return [k for k in known if not wanted or k in wanted]


def variants(args: argparse.Namespace, jvm: Jvm) -> list[Peer]:
    found: list[Peer] = []
    for text in args.variant:
        name, equals, rest = text.partition("=")
        jar, _, options = rest.partition(",")
        if not (name and equals and jar):
            raise BenchError(f"--variant: {text} (expected: NAME=JAR, or NAME=JAR,OPTIONS for the JVM)")
        found.append(Sluice(jvm, name, Path(jar), options))
    return found


def plan(args: argparse.Namespace) -> Plan:
    short = args.quick or args.check
    rounds = args.rounds or (1 if args.check else 3 if short else 5)
    seconds = args.seconds or (2 if short else 5)
    warm = args.warm if args.warm is not None else (6 if args.check else 12 if short else 20)
    return Plan(
        rounds=rounds,
        seconds=seconds,
        warm_jvm=warm,
        warm_native=min(2.0, warm),
        cores=args.cores,
        port_base=args.port_base,
        lock=args.lock,
        say=say,
    )


def found_peers(peers: list[Peer], workspace: Workspace, failures: list[Failure]) -> list[tuple[Peer, str]]:
    found = []
    for peer in peers:
        try:
            found.append((peer, peer.find(workspace)))
        except BenchError as e:
            failures.append(("all", peer.name, str(e)))
            say(f"{peer.name}: left out: {e}")
    return found


def measure(args: argparse.Namespace) -> int:
    jvm = Jvm(args.java)
    names = [p.name for p in all_peers(jvm)]
    scenarios = chosen(["small-64"] if args.check else args.scenario)
    wanted = choose("peer", list(REQUIRED) if args.check else args.peer, names)
    peers = [p for p in all_peers(jvm, args.sluice_opts) if p.name in wanted]
    if args.peer:
        for p in peers:
            p.only_in = ()  # it was asked for by name
    first_sluice = next((i for i, p in enumerate(peers) if isinstance(p, Sluice)), len(peers) - 1)
    peers[first_sluice + 1 : first_sluice + 1] = variants(args, jvm)

    workspace = Workspace(args.port_base)
    run = stamp()
    failures: list[Failure] = []
    try:
        certificate = Certificate.make(workspace.directory("certificate"))
        bench = Bench(workspace, plan(args), found_peers(peers, workspace, failures), certificate, failures=failures)
        facts = machine.facts() | {f"version of {p.name}": v for p, v in bench.peers}
        for key, value in facts.items():
            say(f"# {key}: {value}")
        origin = Origin.start(workspace, args.port_base, any(s.backends > 1 for s in scenarios))
        output = args.output or BENCH / "results" / f"{run}-{short_name(args, scenarios)}.csv"
        for scenario in scenarios:
            failed_before = len(failures)
            figures = carry_out(bench, scenario, origin)
            bench.figures += figures + results.failed(failures[failed_before:])
            say(f"\n{scenario.name}: {scenario.about}\n{results.table(figures)}\n")
            if not args.check:
                # After each scenario: a run that is broken off has not been for nothing.
                results.write(output, run, facts, bench.figures)
        if not args.check:
            say(f"figures: {output}")
        return verdict(bench, [p for p in wanted if p in REQUIRED], args.check)
    finally:
        workspace.close()


def carry_out(bench: Bench, scenario: Scenario, origin: Origin) -> list[results.Figure]:
    if isinstance(scenario, Idle):
        return run_idle(bench, scenario, origin)
    if isinstance(scenario, Startup):
        return run_startup(bench, scenario, origin)
    return run_scenario(bench, scenario, origin)


def short_name(args: argparse.Namespace, scenarios: list[Scenario]) -> str:
    what = scenarios[0].name if len(scenarios) == 1 else "all" if not args.scenario else f"{len(scenarios)}-scenarios"
    return f"{what}-quick" if args.quick else what


def verdict(bench: Bench, required: list[str], strict: bool) -> int:
    for scenario, peer, reason in bench.failures:
        say(f"failed: {scenario}: {peer}: {reason}")
    bad = any(peer in required for _, peer, _ in bench.failures)
    for f in bench.figures:
        if f.metric == "errors" and f.value:
            say(f"errors: {f.scenario}: {f.peer}: round {f.round}: {f.value:g} ({f.note})")
            bad |= strict and f.peer in required
        if strict and f.metric in ("cpu_us_per_request", "rps", "p50_ms", "rss_mb") and not f.value > 0:
            say(f"{f.peer}: {f.metric}: {f.value} (expected: more than 0)")
            bad = True
    if strict:
        for peer in required:
            if not any(f.peer == peer for f in bench.figures):
                say(f"{peer}: no figures")
                bad = True
        say(f"bench/run --check: {'failed' if bad else 'passed'}")
    return 1 if bad else 0


def interrupt(number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def main(arguments: list[str]) -> int:
    args = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    try:
        if args.list:
            for s in SCENARIOS.values():
                say(f"{s.name:18} {s.about}")
            say("\npeers: " + ", ".join(p.name for p in all_peers(Jvm(args.java))))
            return 0
        if args.install:
            return install.install(say)
        return measure(args)
    except BenchError as e:
        print(f"bench/run: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as e:
        print(f"bench/run: ended by {str(e) or 'SIGINT'}", file=sys.stderr)
        return 130

