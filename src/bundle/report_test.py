#!/usr/bin/env python3
"""Tests what report.py makes of logs: a tool that could not run must not look like one that found nothing, nor like one that found
something, and what was stopped not like what came to its end."""
import contextlib
import io
import json
import os
import tempfile
import unittest

import report

SUMMARY = "========= ERROR SUMMARY: %d error%s\n"


class Outcome(unittest.TestCase):
    def outcome(self, log):
        return report.checked(log)["outcome"]

    def test_clean(self):
        log = "========= COMPUTE-SANITIZER\nreplayed 12 launches, 0 problems\n" + SUMMARY % (0, "s") + "exit code 0\n"
        self.assertEqual("clean", self.outcome(log))
        self.assertEqual(12, report.checked(log)["launches"])

    def test_clean_races(self):
        log = "replayed 12 launches, 0 problems\n========= RACECHECK SUMMARY: 0 hazards displayed (0 errors, 0 warnings)\nexit code 0\n"
        self.assertEqual("clean", self.outcome(log))

    def test_errors_of_the_tool(self):
        self.assertEqual("errors", self.outcome("replayed 12 launches, 0 problems\n" + SUMMARY % (1, "") + "exit code 99\n"))
        self.assertEqual("errors", self.outcome("replayed 12 launches, 0 problems\n" + SUMMARY % (3, "s") + "exit code 0\n"))
        races = "========= RACECHECK SUMMARY: 2 hazards displayed (2 errors, 0 warnings)\n"
        self.assertEqual("errors", self.outcome("replayed 12 launches, 0 problems\n" + races + "exit code 0\n"))

    def test_errors_before_the_time_was_over(self):
        self.assertEqual("errors", self.outcome("========= Invalid __global__ read of size 4 bytes\nexit code 124\n"))

    def test_errors_of_a_launch(self):
        log = "FAILED relu_f32 grid (9) failed with CUDA error 700\nreplayed 3 launches, then stopped\nexit code 1\n"
        self.assertEqual("errors", self.outcome(log))

    def test_errors_of_the_simulated_device(self):
        self.assertEqual("errors", self.outcome("PROBLEM reads behind x\nreplayed 1 launches, 1 problems\nexit code 1\n"))

    def test_not_run(self):
        missing = "timeout: failed to run command 'compute-sanitizer': No such file or directory\nexit code 127\n"
        self.assertEqual("not run", self.outcome(missing))
        self.assertEqual("not run", self.outcome("========= Error: Device not supported.\nexit code 1\n"))

    def test_stopped(self):
        self.assertEqual("stopped", self.outcome("========= COMPUTE-SANITIZER\nexit code 124\n"))

    def test_could_not_run(self):
        for log in (
            "replayed 0 launches, 0 problems\n" + SUMMARY % (0, "s") + "exit code 1\n",
            "FAILED libcuda.so.1: cannot open shared object file: No such file or directory\nexit code 2\n",
            "FAILED cuInit failed with CUDA error 999\nexit code 2\n",
            "FAILED no PTX file holds relu_f32\nreplayed 3 launches, then stopped\nexit code 1\n",
            "",
        ):
            self.assertEqual("could not run", self.outcome(log), log)


class Memcheck(unittest.TestCase):
    """A replay says nothing of launches that were never recorded."""

    CLEAN = "replayed 12 launches, 0 problems\n" + SUMMARY % (0, "s") + "exit code 0\n"
    TESTS = "[        11 tests successful      ]\n[         %d tests failed          ]\n"

    def memcheck(self, recording, replay=CLEAN, why_not=""):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {"record.log": recording, "memcheck.log": replay}.items():
                if text:
                    with open(os.path.join(folder, name), "w") as opened:
                        opened.write(text)
            result = os.path.join(folder, "memcheck.json")
            with contextlib.redirect_stdout(io.StringIO()):
                passed = report.memcheck(folder, result, "simulated", why_not)
            with open(result) as opened:
                return passed, json.load(opened)

    def test_finished(self):
        passed, facts = self.memcheck(self.TESTS % 0 + "exit code 0\n")
        self.assertTrue(passed)
        told = {"outcome": "finished", "exit code": 0, "tests": ["11 tests successful", "0 tests failed"]}
        self.assertEqual(told, facts["recording"])

    def test_finished_with_a_test_that_failed(self):
        passed, facts = self.memcheck(self.TESTS % 1 + "exit code 1\n")
        self.assertTrue(passed)
        self.assertEqual(1, facts["recording"]["exit code"])

    def test_not_finished(self):
        for log, code in (
            ("exit code 124\n", 124),
            ("exit code 137\n", 137),
            ("# SIGSEGV (0xb)\nexit code 134\n", 134),
            (self.TESTS % 0 + "exit code 134\n", 134),
            ("Could not find or load main class\nexit code 1\n", 1),
            ("exit code 0\n", 0),
            (self.TESTS % 0, None),
            ("", None),
        ):
            passed, facts = self.memcheck(log)
            self.assertFalse(passed, log)
            self.assertEqual("not finished", facts["recording"]["outcome"], log)
            self.assertEqual(code, facts["recording"]["exit code"], log)

    def test_finished_but_the_replay_found_errors(self):
        passed, _ = self.memcheck(self.TESTS % 0 + "exit code 0\n", SUMMARY % (3, "s") + "exit code 99\n")
        self.assertFalse(passed)

    def test_no_device(self):
        passed, facts = self.memcheck("", "", "there is no device")
        self.assertTrue(passed)
        self.assertEqual("there is no device", facts["why not"])


class Groups(unittest.TestCase):
    """The tests of several JVMs, of which one may have been stopped."""

    CASE = "<testsuite><testcase classname='a' name='%s'>%s</testcase></testsuite>"

    def report(self, **groups):
        with tempfile.TemporaryDirectory() as folder:
            for name, (code, reports, log) in groups.items():
                os.makedirs(os.path.join(folder, "tests", name))
                for file, text in {"code": code, "TEST-a.xml": reports, "tests.log": log}.items():
                    if text:
                        with open(os.path.join(folder, "tests", name, file), "w") as opened:
                            opened.write(text)
            result = os.path.join(folder, "tests.json")
            with contextlib.redirect_stdout(io.StringIO()):
                passed = report.tests(os.path.join(folder, "tests"), result, "simulated", "")
            with open(result) as opened:
                return passed, json.load(opened)

    def test_all_pass(self):
        passed, facts = self.report(one=("0\n", self.CASE % ("x", ""), ""), two=("0\n", self.CASE % ("y", ""), ""))
        self.assertTrue(passed)
        self.assertEqual(2, facts["counts"]["passed"])
        self.assertEqual({"one": "0", "two": "0"}, facts["exit codes"])

    def test_one_fails(self):
        failed = self.CASE % ("y", "<failure message='3 is not 4'/>")
        passed, facts = self.report(one=("0\n", self.CASE % ("x", ""), ""), two=("1\n", failed, ""))
        self.assertFalse(passed)
        self.assertEqual({"a.y": "3 is not 4"}, facts["failures"])

    def test_one_is_stopped(self):
        log = "JUnit Jupiter > A > y() :: SUCCESSFUL\n"
        passed, facts = self.report(one=("0\n", self.CASE % ("x", ""), ""), two=("124\n", "", log))
        self.assertFalse(passed)
        self.assertFalse(facts["finished"])
        self.assertEqual(2, facts["counts"]["passed"])

    def test_none_ran(self):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            os.mkdir(os.path.join(folder, "tests"))
            result = os.path.join(folder, "tests.json")
            self.assertFalse(report.tests(os.path.join(folder, "tests"), result, "cpu", ""))


if __name__ == "__main__":
    unittest.main()
