"""Single requests: to wait until a server answers, and to check that it answers right."""

from __future__ import annotations

import http.client
import ssl
import time
from dataclasses import dataclass

from .process import BenchError, Child


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes


def ask(port: int, path: str, tls: bool = False, method: str = "GET", body: bytes | None = None) -> Answer:
    connection: http.client.HTTPConnection
    if tls:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the certificate was made for this run alone
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=context)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return Answer(response.status, response.read())
    finally:
        connection.close()


def wait_for(child: Child, port: int, path: str, patience: float, tls: bool = False) -> None:
    """Waits until a request is answered with 200."""
    end = time.monotonic() + patience
    last = "no answer yet"
    while time.monotonic() < end:
        if not child.alive():
            raise BenchError(f"{child.name}: ended at once: {child.tail()}")
        try:
            answer = ask(port, path, tls)
            if answer.status == 200:
                return
            last = f"status {answer.status}"
        except (OSError, http.client.HTTPException) as e:
            last = str(e) or type(e).__name__
        time.sleep(0.05)
    raise BenchError(f"{child.name}: no 200 on port {port} within {patience:g} s, last: {last}; {child.tail()}")
