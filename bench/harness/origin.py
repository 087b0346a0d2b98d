"""The origin behind all proxies: nginx for what is downloaded, a small Go program for uploads and event streams."""

from __future__ import annotations

import os
from dataclasses import dataclass

from .http import wait_for
from .process import Child
from .template import render
from .workspace import BENCH, Workspace, need

SMALL = "x" * 105
KILOBYTE = "k" * 1024
FILES = {"64k": 64 * 1024, "1m": 1024 * 1024, "100m": 100 * 1024 * 1024}


@dataclass
class Origin:
    download: str  # host:port
    upload: str
    children: list[Child]

    @staticmethod
    def start(workspace: Workspace, port: int, many_addresses: bool) -> Origin:
        """With many addresses it answers on all of 127.0.0.0/8, so that one process can be a thousand backends."""
        work = workspace.directory("origin")
        (work / "files").mkdir(exist_ok=True)
        for name, size in FILES.items():
            file = work / "files" / name
            if not file.exists():
                block = os.urandom(65536)
                with file.open("wb") as f:
                    for _ in range(size // len(block)):
                        f.write(block)
        config = work / "nginx.conf"
        values: dict[str, object] = {
            "work": work,
            "files": workspace.files,
            "address": "0.0.0.0" if many_addresses else "127.0.0.1",
            "port": port,
            "small": SMALL,
            "kilobyte": KILOBYTE,
        }
        flags = {"root"} if os.geteuid() == 0 else set()
        config.write_text(render((BENCH / "origin" / "nginx.conf").read_text(), values, flags))
        nginx = need("nginx", "nginx-light")
        program = workspace.go_program("origin", [BENCH / "origin" / "main.go"])
        log = workspace.work / "origin.log"
        origin = Origin(f"127.0.0.1:{port}", f"127.0.0.1:{port + 1}", [])
        start = workspace.children.start
        origin.children.append(start("origin", [nginx, "-p", str(work), "-c", str(config), "-e", "stderr"], log))
        origin.children.append(start("origin", [str(program), "-address", origin.upload], log))
        for child, address in zip(origin.children, (origin.download, origin.upload)):
            wait_for(child, int(address.rpartition(":")[2]), "/forwarded-for", 10)
        return origin
