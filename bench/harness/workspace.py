"""Where a run keeps its files (target/bench), its ports, and what it builds once."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from .process import BenchError, Children

BENCH = Path(__file__).resolve().parent.parent
REPOSITORY = BENCH.parent
# Daemons are in directories that an ordinary user's PATH leaves out.
SEARCH_PATH = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"


def which(program: str) -> str | None:
    return shutil.which(program, path=SEARCH_PATH)


def need(program: str, package: str) -> str:
    found = which(program)
    if not found:
        raise BenchError(f"{program}: not found (Debian package {package}; bench/run --install)")
    return found


def run(command: list[str], what: str, timeout: float = 600, cwd: Path | None = None, **env: str) -> str:
    """Runs a program to its end; gives what it wrote to both outputs."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            cwd=cwd,
            env={**os.environ, **env},
        )
    except subprocess.TimeoutExpired as e:
        raise BenchError(f"{what}: no end after {timeout:g} s") from e
    except OSError as e:
        raise BenchError(f"{what}: {command[0]}: {e.strerror}") from e
    text = done.stdout.decode(errors="replace")
    if done.returncode:
        raise BenchError(f"{what}: exit status {done.returncode}: {text.strip()[-800:]}")
    return text


def raise_file_limit() -> int:
    """As many open files as the system grants; the children inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (65536, hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
            return wanted
        except (ValueError, OSError):
            continue  # only some may raise the hard limit; the hard limit itself always works
    return hard


@dataclass
class Workspace:
    """
    `built` outlives the run, since what is built there takes minutes; `work` goes with it.
    """

    port_base: int
    built: Path = REPOSITORY / "target" / "bench"
    work: Path = field(init=False)
    children: Children = field(default_factory=Children)
    files: int = field(default_factory=raise_file_limit)

    def __post_init__(self) -> None:
        self.built.mkdir(parents=True, exist_ok=True)
        self.work = Path(tempfile.mkdtemp(prefix="run-", dir=self.built))

    def close(self) -> None:
        self.children.stop_all()
        shutil.rmtree(self.work, ignore_errors=True)

    def directory(self, name: str) -> Path:
        path = self.work / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def go_program(self, name: str, sources: list[Path]) -> Path:
        """Builds a Go program of the standard library alone, unless what is there is newer than its sources."""
        target = self.built / "bin" / name
        if target.exists() and all(target.stat().st_mtime > s.stat().st_mtime for s in sources):
            return target
        go = need("go", "golang-go")
        target.parent.mkdir(exist_ok=True)
        run(
            [go, "build", "-o", str(target), *map(str, sources)],
            f"go build of {name}",
            GO111MODULE="on",
            GOPROXY="off",
            GOFLAGS="",
            GOWORK="off",
        )
        return target


    def java_peers(self, project: Path) -> Path:
        """Builds the peers that are Java libraries; gives the directory with their classes/ and lib/."""
        target = self.built / "java"
        sources = [project / "pom.xml", *(project / "src").rglob("*.java")]
        done = target / "done"
        if done.exists() and all(done.stat().st_mtime > s.stat().st_mtime for s in sources):
            return target
        maven = need("mvn", "maven")
        shutil.rmtree(target, ignore_errors=True)
        words = [maven, "-B", "-ntp", "-q", "process-classes", f"-Dbench.directory={target}"]
        run(words, "mvn process-classes of bench/peers/java", 900, project)
        done.touch()
        return target


@dataclass(frozen=True)
class Certificate:
    """One self-signed P-256 certificate, in each form that some peer wants."""

    certificate: Path
    key: Path
    both: Path
    keystore: Path

    PASSWORD = "bench-only"

    @staticmethod
    def make(directory: Path) -> Certificate:
        c = Certificate(*(directory / n for n in ("cert.pem", "key.pem", "both.pem", "keystore.p12")))
        if c.keystore.exists():
            return c
        openssl = need("openssl", "openssl")
        run(
            [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
            + ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
            + ["-keyout", str(c.key), "-out", str(c.certificate)],
            "openssl req",
        )
        c.both.write_text(c.certificate.read_text() + c.key.read_text())
        run(
            [openssl, "pkcs12", "-export", "-in", str(c.certificate), "-inkey", str(c.key), "-out", str(c.keystore)]
            + ["-name", "bench", "-passout", f"pass:{Certificate.PASSWORD}"],
            "openssl pkcs12",
        )
        return c
