"""Whether bench/drain counts right: python3 -m unittest discover bench/tests"""

from __future__ import annotations

import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import unittest
from collections import Counter
from collections.abc import Callable
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(BENCH))

from harness import results as harness  # noqa: E402 (the path comes first)
from harness.drain.outcomes import Tally, tally  # noqa: E402
from harness.drain.trials import Trials  # noqa: E402
from harness.process import BenchError  # noqa: E402
from harness.workspace import Certificate, Workspace  # noqa: E402
from reporting import results, tables  # noqa: E402

SMALL = b"x" * 105
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 105\r\n"
LOADS = "short,tls-short,kept,tls-kept,h2,h2-down,h2-up,down,up,websocket,events"


def line(outcome: str, began: float, ended: float, load: str = "kept", detail: str = "") -> str:
    return f"{load}\t{began * 1e6:.0f}\t{ended * 1e6:.0f}\t{outcome}\t{detail}\n"


class Judging(unittest.TestCase):
    def stop(self, *lines: str) -> Tally:
        return tally("".join(lines), [100.0], 3, restart=False)

    def test_a_refused_connection_is_a_loss_before_a_stop_and_none_after_it(self) -> None:
        self.assertEqual(self.stop(line("refused", 99.8, 99.9)).lost, Counter(refused=1))
        self.assertEqual(self.stop(line("refused", 100.1, 100.1)).requests, 0)

    def test_a_refused_connection_is_a_loss_in_a_restart(self) -> None:
        self.assertEqual(tally(line("refused", 100.1, 100.1), [100.0], 3, restart=True).lost, Counter(refused=1))

    def test_what_ends_at_the_deadline_was_cut_by_it(self) -> None:
        found = self.stop(line("truncated", 99.0, 102.99), line("truncated", 99.0, 101.0), line("5xx", 99.0, 103.0))
        self.assertEqual(found.lost, Counter({"deadline": 1, "truncated": 1, "5xx": 1}))

    def test_what_a_restart_loses_is_not_cut_by_the_deadline_of_the_one_before(self) -> None:
        found = tally(line("closed", 103.1, 103.2), [100.0, 103.15], 3, restart=True)
        self.assertEqual(found.lost, Counter(closed=1))

    def test_streams_that_the_server_did_not_take_are_requests_and_no_losses(self) -> None:
        found = self.stop(line("elsewhere", 100.0, 100.1), line("ok", 0, 0, detail="7"))
        self.assertEqual((found.requests, found.finished, found.elsewhere, found.losses), (8, 7, 1, 0))

    def test_ends_of_what_has_none_of_its_own_are_told_apart_and_are_no_requests(self) -> None:
        found = self.stop(
            line("end-close-1001", 90, 100.1, "websocket"),
            line("end-close-1000", 90, 100.1, "websocket"),
            line("end-broken", 90, 103.0, "events"),
            line("end-reset", 90, 101.0, "events"),
            line("end-client", 90, 104.0, "events"),
            line("end-client", 100.5, 104.0, "websocket"),
        )
        self.assertEqual(found.requests, 0)
        expected = {("websocket", "close-1001"), ("websocket", "close"), ("events", "deadline"), ("events", "reset")}
        expected.add(("events", "open"))
        self.assertEqual(set(found.ends), expected)

    def test_what_no_client_says_is_an_error(self) -> None:
        with self.assertRaisesRegex(BenchError, "expected: load, beginning, end, outcome, detail"):
            self.stop("panic: out of memory\n")
        with self.assertRaisesRegex(BenchError, "odd .expected one of: refused"):
            self.stop(line("odd", 1, 2))

    def test_the_report_sums_trials_and_shows_only_kinds_that_there_were(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "run.csv"
            figures = [harness.Figure("drain-stop", "sluice", "1", n, "exit_s", 1.5 + n, "s") for n in (1, 2)]
            for n in (1, 2):
                figures += self.stop(line("ok", 0, 0, detail="1000")).figures("drain-stop", "sluice", "1", n)
                figures += self.stop(line("closed", 100, 100.1)).figures("drain-stop", "nginx", "1", n)
            harness.write(file, "1", {}, figures)
            table = tables.blocks(results.read([file]), "charts")["drain-stop"].splitlines()
        self.assertIn("| **lost** | closed before an answer | sent elsewhere", table[0])
        self.assertIn("| **Sluice** | 2 | 2,000 | **0** | 0 | 0 | 3.00 s, at most 3.50 s |", table[2])
        self.assertIn("| nginx | 0 | 2 | **2** | 2 | 0 | – |", table[3])


Serve = Callable[[socket.socket], None]


def asked(connection: socket.socket) -> bool:
    """Reads one request without a body."""
    seen = b""
    while not seen.endswith(b"\r\n\r\n"):
        piece = connection.recv(65536)
        if not piece:
            return False
        seen += piece
    return True


class Clients(unittest.TestCase):
    """The clients themselves, before a server that misbehaves as it is told."""

    workspace: Workspace

    @classmethod
    def setUpClass(cls) -> None:
        cls.workspace = Workspace(0)
        cls.addClassCleanup(cls.workspace.close)
        cls.program = Trials.program(cls.workspace)

    def outcomes(self, load: str, serve: Serve, context: ssl.SSLContext | None = None) -> Counter[str]:
        """How often each outcome came."""
        listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.addCleanup(listening.close)

        def one(connection: socket.socket) -> None:
            with connection:
                try:
                    connection.settimeout(2)
                    if context is None:
                        serve(connection)
                        return
                    with context.wrap_socket(connection, server_side=True) as secure:
                        serve(secure)
                except OSError:
                    pass  # the client is done with it

        def accept() -> None:
            while True:
                try:
                    connection = listening.accept()[0]
                except OSError:
                    return  # closed: the test is over
                threading.Thread(target=one, args=[connection], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        address = "127.0.0.1:%d" % listening.getsockname()[1]
        without = ",".join(name for name in LOADS.split(",") if name != load)
        words = [str(self.program), "clients", "-address", address, "-tls-address", address, "-for", "600ms"]
        # Its input is open and says nothing: it ends after its time.
        with subprocess.Popen([*words, "-without", without], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
            assert p.stdout is not None, "stdout is a pipe"
            text = p.stdout.read()
        found: Counter[str] = Counter()
        for cells in (row.split("\t") for row in text.splitlines()):
            found[cells[3]] += int(cells[4]) if cells[3] == "ok" else 1
        del found["warm"]
        return found

    def test_answers_are_counted_whether_their_connection_stays_or_not(self) -> None:
        def says_so(connection: socket.socket) -> None:
            while asked(connection):
                connection.sendall(HEAD + b"\r\n" + SMALL)
                asked(connection)
                connection.sendall(HEAD + b"Connection: close\r\n\r\n" + SMALL)
                return

        found = self.outcomes("kept", says_so)
        self.assertEqual(set(found), {"ok"})
        self.assertGreater(found["ok"], 20)

    def test_a_connection_that_ends_while_nobody_uses_it_costs_nothing(self) -> None:
        def silent(connection: socket.socket) -> None:
            asked(connection)
            # The answer and the end in one segment: a client that looks has seen the end before it asks again.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
            connection.sendall(HEAD + b"\r\n" + SMALL)
            connection.shutdown(socket.SHUT_WR)
            asked(connection)

        found = self.outcomes("kept", silent)
        self.assertEqual(set(found), {"ok"})

    def test_a_kept_connection_that_ends_instead_of_answering_is_a_loss(self) -> None:
        def once(connection: socket.socket) -> None:
            asked(connection)
            connection.sendall(HEAD + b"\r\n" + SMALL)
            asked(connection)

        found = self.outcomes("kept", once)
        self.assertGreater(found["closed"], 0)
        self.assertEqual(set(found), {"ok", "closed"})

    def test_a_new_connection_that_ends_instead_of_answering_is_a_loss_of_another_kind(self) -> None:
        found = self.outcomes("short", lambda connection: asked(connection) and None)
        self.assertEqual(set(found), {"connect-reset"})

    def test_an_answer_that_is_broken_off_is_a_loss(self) -> None:
        def half(connection: socket.socket) -> None:
            asked(connection)
            connection.sendall(HEAD + b"\r\n" + SMALL[:50])

        self.assertEqual(set(self.outcomes("kept", half)), {"truncated"})

    def test_a_503_is_a_loss(self) -> None:
        def busy(connection: socket.socket) -> None:
            while asked(connection):
                connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")

        self.assertEqual(set(self.outcomes("kept", busy)), {"5xx"})

    def test_a_stream_below_the_id_of_goaway_is_lost_and_one_above_it_is_not(self) -> None:
        def goes(connection: socket.socket) -> None:
            stream = connection.makefile("rb")
            stream.read(24)
            connection.sendall(frame(4, 0, b""))
            heads = 0
            while heads < 3:
                size, kind, _flags, _id = struct.unpack(">I", b"\0" + stream.read(3))[0], *struct.unpack(">BBI", stream.read(6))
                stream.read(size)
                heads += kind == 1
            connection.sendall(frame(7, 0, struct.pack(">II", 3, 0)))

        found = self.outcomes("h2", goes, self.context())
        self.assertGreater(found["goaway"], 0)
        self.assertGreater(found["elsewhere"], 0)
        self.assertGreaterEqual(found["goaway"], found["elsewhere"])

    def test_a_stream_that_is_reset_is_lost_unless_it_was_refused(self) -> None:
        def resets(code: int) -> Serve:
            def serve(connection: socket.socket) -> None:
                stream = connection.makefile("rb")
                stream.read(24)
                connection.sendall(frame(4, 0, b""))
                while len(head := stream.read(9)) == 9:
                    size, kind, id_ = struct.unpack(">I", b"\0" + head[:3])[0], head[3], struct.unpack(">I", head[5:])[0]
                    stream.read(size)
                    if kind == 1:
                        connection.sendall(frame(3, id_, struct.pack(">I", code)))

            return serve

        self.assertEqual(set(self.outcomes("h2", resets(8), self.context())), {"stream-reset"})
        self.assertEqual(set(self.outcomes("h2", resets(7), self.context())), {"elsewhere"})

    def context(self) -> ssl.SSLContext:
        certificate = Certificate.make(self.workspace.directory("certificate"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate, certificate.key)
        context.set_alpn_protocols(["h2"])
        return context


def frame(kind: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, 0, stream) + payload


if __name__ == "__main__":
    unittest.main()
