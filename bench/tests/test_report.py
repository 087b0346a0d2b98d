"""What bench/report makes of results: python3 -m unittest discover bench/tests"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(BENCH))

from harness import results as harness  # noqa: E402 (the path comes first)
from reporting import pages, results, tables  # noqa: E402


class Report(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)

    def file(self, name: str, *rows: str) -> Path:
        file = self.root / name
        file.write_text("# cpu: one\n" + ",".join(results.HEADER) + "\n" + "".join(f"{row}\n" for row in rows))
        return file

    def read(self, *rows: str) -> results.Results:
        return results.read([self.file("run.csv", *rows)])

    @staticmethod
    def cpu(peer: str, round_: int, value: float, note: str = "", run: str = "1", scenario: str = "small-64") -> str:
        return f"{run},{scenario},{peer},9,{round_},cpu_us_per_request,{value},µs,{note}"

    def goal(self, found: results.Results, title: str) -> str:
        rows = tables.blocks(found, "charts")["goals"].splitlines()
        return next(row for row in rows if title in row)

    def test_a_ratio_is_the_median_of_those_within_rounds(self) -> None:
        found = self.read(
            *(self.cpu("nginx", n, value) for n, value in enumerate([10, 20, 40])),
            *(self.cpu("sluice", n, value) for n, value in enumerate([15, 20, 80])),
        )
        self.assertEqual(found.ratio("small-64", "sluice", "cpu_us_per_request"), 1.5)

    def test_rounds_that_were_disturbed_do_not_count_unless_all_were(self) -> None:
        found = self.read(
            self.cpu("nginx", 1, 10),
            self.cpu("nginx", 2, 90, "noisy: steal"),
            self.cpu("sluice", 1, 30, "all rounds noisy"),
        )
        self.assertEqual(found.median("small-64", "nginx", "cpu_us_per_request"), 10)
        self.assertEqual(found.median("small-64", "sluice", "cpu_us_per_request"), 30)

    def test_of_a_scenario_the_newest_run_counts(self) -> None:
        old = self.file("old.csv", self.cpu("nginx", 1, 10), self.cpu("nginx", 1, 7, scenario="up-1m"))
        new = self.file("new.csv", self.cpu("nginx", 1, 20, run="2"))
        found = results.read([new, old])
        self.assertEqual(found.median("small-64", "nginx", "cpu_us_per_request"), 20)
        self.assertEqual(found.median("up-1m", "nginx", "cpu_us_per_request"), 7)

    def test_a_goal_is_reached_at_its_limit_and_missed_above_it(self) -> None:
        title = "small body, 64 connections"
        reached = self.read(self.cpu("nginx", 1, 10), self.cpu("sluice", 1, 12))
        self.assertTrue(self.goal(reached, title).endswith("| 1.20 | reached |"))
        missed = self.read(self.cpu("nginx", 1, 10), self.cpu("sluice", 1, 12.1))
        self.assertTrue(self.goal(missed, title).endswith("| **missed** |"))

    def test_it_says_who_was_cheaper_and_where(self) -> None:
        found = self.read(
            self.cpu("nginx", 1, 10), self.cpu("sluice", 1, 12), self.cpu("undertow", 1, 11), self.cpu("go", 1, 90)
        )
        self.assertIn("not Undertow in small-64 | **missed**", self.goal(found, "less than"))

    def test_route_matches_are_found_whatever_the_order_of_their_parameters(self) -> None:
        found = self.read(
            self.cpu("nginx", 1, 10),
            self.cpu("sluice", 1, 12),
            "1,jmh-route-match,path=same routes=1,,1,ns_per_op,50,ns,",
            "1,jmh-route-match,routes=10000 path=same,,1,ns_per_op,54,ns,",
        )
        self.assertIn("1.08 (same) | reached", self.goal(found, "route match"))
        self.assertIn("| same | 50.0 ns | 54.0 ns |", tables.blocks(found, "charts")["jmh"])

    def test_picks_of_a_backend_are_a_row_for_each_policy(self) -> None:
        found = self.read(
            "1,jmh-backend-pick,backends=3 policy=ROUND_ROBIN,,1,ns_per_op,20,ns,",
            "1,jmh-backend-pick,policy=ROUND_ROBIN backends=1000,,1,ns_per_op,30,ns,",
            "1,jmh-backend-pick,backends=3 policy=HASH,,1,ns_per_op,40,ns,",
        )
        made = tables.blocks(found, "charts")["jmh"]
        self.assertIn("| pick a backend, end its lease | 3 backends | 1,000 backends |", made)
        self.assertIn("| round-robin | 20.0 ns | 30.0 ns |", made)
        self.assertIn("| hash | 40.0 ns | – |", made)

    def test_a_peer_without_a_figure_is_named_with_the_reason(self) -> None:
        figures = [harness.Figure("small-64", "nginx", "1", 1, "errors", 0, "")]
        figures += harness.failed([("small-64", "caddy", "no answer within 60 s")])
        harness.write(self.root / "run.csv", "1", {}, figures)
        errors = tables.blocks(results.read([self.root / "run.csv"]), "charts")["errors"]
        self.assertIn("| small-64 | Caddy | no figure: no answer within 60 s |", errors)

    def test_errors_of_all_rounds_are_shown(self) -> None:
        rows = [f"1,small-64,{peer},9,{n},errors,{n if peer == 'go' else 0}," for peer in ("go", "nginx") for n in (1, 2)]
        errors = tables.blocks(self.read(*(row + "," for row in rows)), "charts")["errors"]
        self.assertIn("| small-64 | Go ReverseProxy | 3.00 |", errors)
        self.assertNotIn("nginx", errors)

    def test_a_row_that_is_none_is_an_error_that_names_its_place(self) -> None:
        with self.assertRaisesRegex(results.ResultError, r"run\.csv:3: value: many \(expected: a number\)"):
            self.read("1,small-64,nginx,9,1,rps,many,/s,")
        with self.assertRaisesRegex(results.ResultError, r"run\.csv:3: 3 fields \(expected: 9\)"):
            self.read("1,small-64,nginx")

    def test_a_marker_that_is_unknown_or_not_closed_is_an_error_that_names_its_place(self) -> None:
        with self.assertRaisesRegex(pages.PageError, r"page:2: bench:smal \(expected: one of small\)"):
            pages.fill("page", "a\n<!-- bench:smal -->\n<!-- /bench -->", {"small": "x"})
        with self.assertRaisesRegex(pages.PageError, "page: a marker .* without its"):
            pages.fill("page", "<!-- bench:small -->\n", {"small": "x"})

    def test_the_check_fails_until_the_pages_say_what_the_results_say(self) -> None:
        (self.root / "docs").mkdir()
        (self.root / "README.md").write_text("nothing\n")
        page = self.root / "docs" / "performance.md"
        page.write_text("<!-- bench:small -->\n<!-- /bench -->\n")
        run = self.file("run.csv", self.cpu("nginx", 1, 10), self.cpu("sluice", 1, 12))

        def report(*words: str) -> subprocess.CompletedProcess[str]:
            command = [sys.executable, str(BENCH / "report"), "--root", str(self.root), *words, str(run)]
            return subprocess.run(command, capture_output=True, text=True, check=False)

        before = report("--check")
        self.assertEqual(before.returncode, 1)
        self.assertIn("docs/performance.md: not what the results say", before.stderr)
        self.assertEqual(report().returncode, 0)
        self.assertIn("1.20 × (12.0 µs)", page.read_text())
        self.assertEqual(report("--check").returncode, 0)


if __name__ == "__main__":
    unittest.main()
