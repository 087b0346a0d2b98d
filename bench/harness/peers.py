"""The proxies that are compared: how each is found, configured and started. Their files are in bench/peers."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from .process import BenchError
from .template import render
from .workspace import BENCH, REPOSITORY, Certificate, Workspace, need, run

PEERS = BENCH / "peers"


@dataclass(frozen=True)
class Setup:
    """What a scenario asks of a proxy."""

    port: int
    tls_port: int
    tls: bool
    cores: int
    backends: Sequence[str]
    routes: int  # 0: everything goes to the backends; else /r00000/ and so on do
    work: Path
    files: int
    certificate: Certificate | None
    refuses: bool = False  # 503 to whatever comes while one exchange is under way
    deadline: int = 0  # seconds that a stop may take; 0: nothing is said of stops

    def route_paths(self) -> list[str]:
        return [f"/r{i:05d}" for i in range(self.routes)]

    def flags(self) -> set[str]:
        flags = {"routes" if self.routes else "single", "drain" if self.deadline else "static"}
        if self.tls:
            flags.add("tls")
        if self.refuses:
            flags.add("refusal")
        if os.geteuid() == 0:
            flags.add("root")
        return flags

    def values(self) -> dict[str, object]:
        values: dict[str, object] = {
            "port": self.port,
            "tls_port": self.tls_port,
            "cores": self.cores,
            "work": self.work,
            "files": self.files,
            "routes": "",
            "deadline": self.deadline,
        }
        if self.certificate:
            values |= {"certificate": self.certificate.certificate, "key": self.certificate.key}
            values |= {"pem": self.certificate.both}
        return values


@dataclass(frozen=True)
class Command:
    """How a prepared proxy is started."""

    words: list[str]
    env: dict[str, str]


class Peer(ABC):
    """One proxy. `cannot` has the features of scenarios that it has no means for."""

    name: str
    jvm = False
    cannot: frozenset[str] = frozenset()
    # Measured in these scenarios only, unless it is asked for by name; empty: in all.
    only_in: tuple[str, ...] = ()

    @abstractmethod
    def find(self, workspace: Workspace) -> str:
        """Makes sure that it can run, building it if need be; gives its version. A BenchError says what is missing."""

    @abstractmethod
    def prepare(self, setup: Setup) -> Command:
        """Writes its configuration into setup.work."""


def _version(words: list[str], pattern: str) -> str:
    text = run(words, " ".join(words), timeout=30)
    match = re.search(pattern, text)
    if not match:
        raise BenchError(f"{' '.join(words)}: {text.strip()[:80]!r} (expected: a version, {pattern})")
    return match.group(1)


def _indent(lines: Sequence[str], blanks: int) -> str:
    return "\n".join(" " * blanks + line for line in lines)


class Nginx(Peer):
    name = "nginx"
    unbuffered = False

    def find(self, workspace: Workspace) -> str:
        self._program = need("nginx", "nginx-light")
        return _version([self._program, "-v"], r"nginx/(\S+)")

    def prepare(self, setup: Setup) -> Command:
        values = setup.values()
        values["servers"] = _indent([f"server {b};" for b in setup.backends], 8)
        values["routes"] = _indent([f"location {p}/ {{ proxy_pass http://backends; }}" for p in setup.route_paths()], 8)
        flags = setup.flags() | ({"unbuffered"} if self.unbuffered else set())
        file = setup.work / "nginx.conf"
        file.write_text(render((PEERS / "nginx" / "nginx.conf").read_text(), values, flags))
        return Command([self._program, "-p", str(setup.work), "-c", str(file), "-e", "stderr"], {})


class NginxUnbuffered(Nginx):
    """By default nginx stores an upload in a file before it passes it on; this is what to compare streaming with."""

    name = "nginx-unbuffered"
    unbuffered = True
    only_in = ("up-1m", "up-100m")


class HAProxy(Peer):
    name = "haproxy"

    def find(self, workspace: Workspace) -> str:
        self._program = need("haproxy", "haproxy")
        return _version([self._program, "-v"], r"version (\d[\d.]*\d)")

    def prepare(self, setup: Setup) -> Command:
        values = setup.values()
        values["servers"] = _indent([f"server s{i} {b}" for i, b in enumerate(setup.backends)], 4)
        (setup.work / "routes.map").write_text("".join(f"{p}/ backends\n" for p in setup.route_paths()))
        file = setup.work / "haproxy.cfg"
        file.write_text(render((PEERS / "haproxy" / "haproxy.cfg").read_text(), values, setup.flags()))
        return Command([self._program, "-db", "-q", "-f", str(file)], {})


@dataclass
class Jvm:
    """The Java that all peers on a JVM run with."""

    home: Path | None

    def java(self) -> str:
        home = self.home or (Path(os.environ["JAVA_HOME"]) if os.environ.get("JAVA_HOME") else None)
        if home:
            if not (home / "bin" / "java").exists():
                raise BenchError(f"{home}: no bin/java in it (expected: the directory of a Java 17 or newer)")
            return str(home / "bin" / "java")
        return need("java", "openjdk-17-jre-headless")

    def version(self) -> str:
        return _version([self.java(), "-version"], r'version "([^"]+)"')

    def real_home(self) -> str:
        return str(Path(self.java()).resolve().parent.parent)


class Sluice(Peer):
    """This checkout's jar, or another one under a name of its own."""

    jvm = True

    def __init__(self, jvm: Jvm, name: str = "sluice", jar: Path | None = None, options: str = "") -> None:
        self.name = name
        self.options = options
        self._jvm = jvm
        self._jar = jar

    def find(self, workspace: Workspace) -> str:
        launcher = REPOSITORY / "bin" / "sluice"
        if self._jar is None:
            default = REPOSITORY / "target" / "sluice.jar"
            # The launcher builds a jar that is missing or old, so that what is measured is what is in the checkout.
            run([str(launcher), "--version"], "building target/sluice.jar", JAVA_HOME=self._jvm.real_home())
            self._jar = default
        if not self._jar.exists():
            raise BenchError(f"{self.name}: {self._jar} is not there (expected: path of a sluice.jar)")
        version = _version([self._jvm.java(), "-jar", str(self._jar), "--version"], r"sluice (\S+)")
        return f"{version} on Java {self._jvm.version()}"

    def jar(self) -> Path:
        assert self._jar, "find() comes first"
        return self._jar

    def prepare(self, setup: Setup) -> Command:
        targets = "[" + ", ".join(f'"http://{b}"' for b in setup.backends) + "]"
        values = setup.values()
        lines = [f"- {{ path: {p}, to: {targets} }}" for p in setup.route_paths()] or [f"- to: {targets}"]
        values["routes"] = _indent(lines, 2)
        if setup.refuses:
            pool = f"refusing: {{ backends: {targets}, limits: {{ backendRequests: 1, queue: 0 }} }}"
            values["routes"] = f"  - pool: refusing\npools:\n  {pool}"
        file = setup.work / "sluice.yaml"
        file.write_text(render((PEERS / "sluice" / "sluice.yaml").read_text(), values, setup.flags()))
        selectors = " ".join(f"-Djetty.{listener}.selectors={setup.cores}" for listener in ("http", "https", "ssl"))
        env = {
            "JAVA_HOME": self._jvm.real_home(),
            "SLUICE_JAR": str(self.jar().resolve()),
            "SLUICE_JAVA_OPTS": f"{selectors} {self.options}".strip(),
            # Whether one lies beside the jar must not decide what is measured; "startup" makes its own.
            "SLUICE_ARCHIVE": "off",
        }
        return Command([str(REPOSITORY / "bin" / "sluice"), "run", "--config", str(file)], env)


class Caddy(Peer):
    name = "caddy"
    cannot = frozenset({"refusal"})

    def find(self, workspace: Workspace) -> str:
        self._program = need("caddy", "caddy")
        return _version([self._program, "version"], r"(\d[\w.]*)")

    def prepare(self, setup: Setup) -> Command:
        values = setup.values()
        values["servers"] = " ".join(setup.backends)
        values["routes"] = _indent([f"handle {p}/* {{\n\t\timport proxy\n\t}}" for p in setup.route_paths()], 4)
        file = setup.work / "Caddyfile"
        file.write_text(render((PEERS / "caddy" / "Caddyfile").read_text(), values, setup.flags()))
        env = {"GOMAXPROCS": str(setup.cores), "HOME": str(setup.work), "XDG_DATA_HOME": str(setup.work)}
        env["XDG_CONFIG_HOME"] = str(setup.work)
        return Command([self._program, "run", "--adapter", "caddyfile", "--config", str(file)], env)


class Apache(Peer):
    name = "apache"
    cannot = frozenset({"refusal"})

    def find(self, workspace: Workspace) -> str:
        self._program = need("apache2", "apache2")
        self._modules = Path("/usr/lib/apache2/modules")
        if not self._modules.is_dir():
            raise BenchError(f"apache: {self._modules} is not there (expected: the modules of Debian's apache2)")
        return _version([self._program, "-v"], r"Apache/(\S+)")

    def prepare(self, setup: Setup) -> Command:
        direct = len(setup.backends) == 1 and not setup.routes
        values = setup.values() | {"modules": self._modules, "server": setup.backends[0]}
        members = [f"BalancerMember http://{b} ttl=300" for b in setup.backends]
        values["members"] = "" if direct else _indent(members, 4)
        values["routes"] = _indent([f"ProxyPass {p}/ balancer://backends{p}/" for p in setup.route_paths()], 0)
        flags = setup.flags() | ({"direct"} if direct else {"balancer"} if setup.routes else {"balancer", "shared"})
        file = setup.work / "httpd.conf"
        file.write_text(render((PEERS / "apache" / "httpd.conf").read_text(), values, flags))
        return Command([self._program, "-D", "FOREGROUND", "-f", str(file)], {})


class Go(Peer):
    name = "go"
    cannot = frozenset({"refusal"})

    def find(self, workspace: Workspace) -> str:
        self._program = workspace.go_program("go-proxy", [PEERS / "go" / "main.go"])
        return _version([need("go", "golang-go"), "version"], r"go(\d\S*)")

    def prepare(self, setup: Setup) -> Command:
        file = setup.work / "backends"
        file.write_text("\n".join(setup.backends))
        words = [str(self._program), "-address", f"127.0.0.1:{setup.port}", "-backends", str(file)]
        words += ["-routes", str(setup.routes)]
        if setup.tls:
            assert setup.certificate, "a scenario with TLS has a certificate"
            words += ["-tls-address", f"127.0.0.1:{setup.tls_port}"]
            words += ["-certificate", str(setup.certificate.certificate), "-key", str(setup.certificate.key)]
        return Command(words, {"GOMAXPROCS": str(setup.cores)})


class JavaLibrary(Peer):
    """A class of bench/peers/java."""

    jvm = True
    # The same as bin/sluice gives to Sluice.
    OPTIONS = ["-XX:+UseParallelGC", "-XX:InitialRAMPercentage=2", "-XX:MaxRAMPercentage=40"]

    def __init__(self, jvm: Jvm, name: str, main: str, library: str, cannot: Set[str] = frozenset()) -> None:
        self.name = name
        self.cannot = frozenset({"refusal", *cannot})
        self._jvm = jvm
        self._main = main
        self._library = library

    def find(self, workspace: Workspace) -> str:
        self._directory = workspace.java_peers(PEERS / "java")
        jars = list((self._directory / "lib").glob(f"{self._library}-[0-9]*.jar"))
        if len(jars) != 1:
            raise BenchError(f"{self.name}: {len(jars)} jars {self._library} in {self._directory}/lib (expected: 1)")
        version = jars[0].stem.removeprefix(f"{self._library}-")
        return f"{version} on Java {self._jvm.version()}"

    def prepare(self, setup: Setup) -> Command:
        certificate = setup.certificate
        assert certificate, "each run makes one"
        properties = {
            "port": setup.port,
            "tlsPort": setup.tls_port if setup.tls else 0,
            "cores": setup.cores,
            "backends": ",".join(setup.backends),
            "routes": setup.routes,
            "keystore": certificate.keystore,
            "password": Certificate.PASSWORD,
            "deadline": setup.deadline,
        }
        file = setup.work / "peer.properties"
        file.write_text("".join(f"{k}={v}\n" for k, v in properties.items()))
        classpath = f"{self._directory}/classes:{self._directory}/lib/*"
        return Command([self._jvm.java(), *self.OPTIONS, "-cp", classpath, self._main, str(file)], {})


def all_peers(jvm: Jvm, sluice_options: str = "") -> list[Peer]:
    """In the order in which they take turns."""
    return [
        Nginx(),
        Sluice(jvm, options=sluice_options),
        HAProxy(),
        NginxUnbuffered(),
        Apache(),
        Caddy(),
        Go(),
        # The servlet has one target, and Vert.x has its router in another library.
        JavaLibrary(jvm, "jetty", "bench.JettyPeer", "jetty-ee10-proxy", {"routes", "backends"}),
        JavaLibrary(jvm, "undertow", "bench.UndertowPeer", "undertow-core"),
        JavaLibrary(jvm, "vertx", "bench.VertxPeer", "vertx-http-proxy", {"routes"}),
    ]


__all__ = ["Command", "Jvm", "Peer", "Setup", "Sluice", "all_peers"]
