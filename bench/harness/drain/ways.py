"""How each program is told to stop and to restart, as its own documents say it is to be done."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, replace

from .. import proc
from ..http import wait_for
from ..peers import Command, Peer, Setup, Sluice
from ..process import BenchError, Child
from ..workspace import Workspace, run

READY = 60.0  # seconds in which a program must answer
SLACK = 8.0  # seconds after its deadline in which it must have ended


@dataclass
class Up:
    """A program that runs, or is about to."""

    peer: Peer
    way: Way
    setup: Setup
    workspace: Workspace
    child: Child

    @staticmethod
    def start(peer: Peer, way: Way, setup: Setup, workspace: Workspace) -> Up:
        command = way.command(peer.prepare(setup))
        up = Up(peer, way, setup, workspace, _spawn(workspace, peer, command, setup))
        try:
            up.wait_until_ready()
        except BenchError:
            up.close()
            raise
        return up

    def wait_until_ready(self) -> None:
        wait_for(self.child, self.setup.port, "/short", READY)
        wait_for(self.child, self.setup.tls_port, "/short", READY, tls=True)

    def another(self, *words: str) -> Child:
        """One more process of the program, with more words on its command line."""
        command = self.way.command(self.peer.prepare(self.setup))
        return _spawn(self.workspace, self.peer, replace(command, words=[*command.words, *words]), self.setup)

    def stop(self) -> None:
        os.kill(self.child.pid, self.way.stop_signal)

    def patience(self) -> float:
        return self.setup.deadline + SLACK

    def ended(self, child: Child) -> None:
        """Waits for a process that is draining."""
        if child.gone_after(self.patience()) is None:
            self.workspace.children.stop(child)
            raise BenchError(f"{self.peer.name}: still running {self.patience():g} s after it was told to stop")

    def close(self) -> None:
        self.workspace.children.stop(self.child)


def _spawn(workspace: Workspace, peer: Peer, command: Command, setup: Setup) -> Child:
    return workspace.children.start(peer.name, command.words, setup.work / "output.log", command.env)


class Way:
    """Stopped and started again, which is what is left to a program that has nothing better."""

    restart_is = "stop, then start"
    stop_signal = signal.SIGTERM
    without: tuple[str, ...] = ()  # loads that the program has no means for

    def command(self, command: Command) -> Command:
        return command

    def restart(self, up: Up) -> None:
        """Returns when the old generation has gone and the new one serves."""
        up.stop()
        up.ended(up.child)
        up.child = up.another()
        up.wait_until_ready()


class JettyWay(Way):
    without = ("websocket", "events")  # its servlet drops Upgrade, and does not flush


class Takeover(Way):
    """A new process beside the old one."""

    restart_is = "run --takeover"

    def restart(self, up: Up) -> None:
        old = up.child
        up.child = up.another("--takeover")
        end = time.monotonic() + READY + up.patience()
        # The new one waits until it answers before it tells the old one.
        while old.gone_after(0.25) is None:
            if not up.child.alive():
                up.workspace.children.stop(old)
                raise BenchError(f"{up.peer.name}: the new process ended: {up.child.tail()}")
            if time.monotonic() > end:
                up.workspace.children.stop(old)
                raise BenchError(f"{up.peer.name}: the old process still runs; the new one said: {up.child.tail()}")
        up.workspace.children.stop(old)
        up.wait_until_ready()


class Workers(Way):
    """A master that gets a signal and starts new workers, while the old ones end."""

    def __init__(self, restart_is: str, stop_signal: signal.Signals, restart_signal: signal.Signals, *words: str) -> None:
        self.restart_is = restart_is
        self.stop_signal = stop_signal
        self._restart_signal = restart_signal
        self._words = words

    def command(self, command: Command) -> Command:
        return replace(command, words=[command.words[0], *self._words, *command.words[1:]])

    def restart(self, up: Up) -> None:
        old = set(proc.family(up.child.pid)[1:])
        os.kill(up.child.pid, self._restart_signal)
        end = time.monotonic() + up.patience()
        while time.monotonic() < end:
            now = set(proc.family(up.child.pid)[1:])
            if now - old and not now & old:
                return
            if not up.child.alive():
                raise BenchError(f"{up.peer.name}: ended instead of starting new workers: {up.child.tail()}")
            time.sleep(0.02)
        raise BenchError(f"{up.peer.name}: old workers still run {up.patience():g} s after the reload")


class CaddyWay(Way):
    restart_is = "reload"

    def restart(self, up: Up) -> None:
        file = str(up.setup.work / "Caddyfile")
        command = up.way.command(up.peer.prepare(up.setup))
        words = [command.words[0], "reload", "--force", "--adapter", "caddyfile", "--config", file]
        began = time.monotonic()
        run([*words, "--address", f"unix/{up.setup.work}/admin.sock"], "caddy reload", up.patience(), **command.env)
        # The old servers are in the same process, so that nobody sees them end.
        time.sleep(max(0.0, up.setup.deadline + 0.3 - (time.monotonic() - began)))


def way_of(peer: Peer, plain: bool) -> Way:
    if plain:
        return Way()
    if isinstance(peer, Sluice):
        return Takeover()
    return {
        "nginx": Workers("reload (SIGHUP)", signal.SIGQUIT, signal.SIGHUP),
        "haproxy": Workers("reload (SIGUSR2)", signal.SIGUSR1, signal.SIGUSR2, "-W"),
        "caddy": CaddyWay(),
        "jetty": JettyWay(),
    }[peer.name]
