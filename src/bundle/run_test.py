#!/usr/bin/env python3
"""Tests run.sh and the launchers, of the bundle and of the container, with a Java in their place that only tells how it was called."""
import os
import shutil
import subprocess
import tempfile
import unittest
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
JAVA = """#!/usr/bin/env bash
printf '%s\\n' "LC_ALL=$LC_ALL" "LAMINA_DATASETS=${LAMINA_DATASETS:-}" "$@" >> "$CALLS"
[ ! -d cuda-kernels ] || echo 'beside cuda-kernels' >> "$CALLS"
echo '[         1 tests successful      ]'
exit "${JAVA_CODE:-0}"
"""
SANITIZER = """#!/usr/bin/env bash
echo 'replayed 3 launches, 0 problems'
echo '========= ERROR SUMMARY: 0 errors'
"""


class Scripts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        self.bundle = self.path("bundle")
        self.calls = self.path("calls")
        for name in ("java/bin", "java/lib/server", "lib", "test/classes", "cuda-kernels"):
            os.makedirs(os.path.join(self.bundle, name))
        for name in ("run.sh", "report.py", "lamina"):
            shutil.copy(os.path.join(HERE, name), self.bundle)
        for name in ("java/lib/server/classes.jsa", "commit"):
            open(os.path.join(self.bundle, name), "w").close()
        self.program(os.path.join(self.bundle, "java/bin/java"), JAVA)
        with zipfile.ZipFile(os.path.join(self.bundle, "lib/lamina.jar"), "w") as jar:
            jar.writestr("dev/lamina/cuda/ptx/some.ptx", "")
        self.work = self.path("work")
        os.mkdir(self.work)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def program(self, file, text):
        with open(file, "w") as opened:
            opened.write(text)
        os.chmod(file, 0o755)

    def call(self, *command, **variables):
        environment = {"PATH": "/usr/bin:/bin", "HOME": self.folder, "LC_ALL": "C", "CALLS": self.calls, **variables}
        return subprocess.run(command, env=environment, cwd=self.work, capture_output=True, text=True, timeout=60)

    def run_sh(self, *arguments, **variables):
        return self.call("/bin/bash", os.path.join(self.bundle, "run.sh"), *arguments, **variables)

    def called(self):
        with open(self.calls) as opened:
            return opened.read().split("\n")

    def assert_refused(self, message, run):
        self.assertEqual(message, run.stderr.strip().split("\n")[-1])
        self.assertEqual(2, run.returncode)
        self.assertFalse(os.path.exists(self.calls))


class Run(Scripts):
    def test_no_folder_for_temporary_files(self):
        run = self.run_sh("test", "--cpu", TMPDIR="/nowhere")
        message = "run.sh: expected a folder for temporary files that can be written to; received: /nowhere"
        self.assert_refused(message, run)
        self.assertEqual(["results"], os.listdir(self.work))

    def test_data_that_is_not_there(self):
        run = self.run_sh("train", "--cpu", "--data", "/nowhere")
        self.assert_refused("run.sh: expected a folder that holds fashion-mnist after --data; received: /nowhere", run)

    def test_data(self):
        os.makedirs(self.path("work", "own", "fashion-mnist"))
        self.run_sh("train", "--cpu", "--data", "own")
        self.assertIn("LAMINA_DATASETS=" + self.path("work", "own"), self.called())

    def test_data_of_the_bundle(self):
        self.run_sh("train", "--cpu")
        self.assertIn("LAMINA_DATASETS=" + self.path("bundle", "data"), self.called())

    def test_no_python(self):
        os.mkdir(self.path("bin"))
        for name in ("dirname", "mkdir", "mktemp", "readlink", "rm", "timeout"):
            os.symlink(shutil.which(name), self.path("bin", name))
        run = self.run_sh("doctor", "--cpu", PATH=self.path("bin"))
        self.assert_refused("run.sh: python3 was not found; it writes the results", run)

    def test_sanitizer_off_the_path(self):
        os.makedirs(self.path("cuda", "bin"))
        self.program(self.path("cuda", "bin", "compute-sanitizer"), SANITIZER)
        run = self.run_sh("memcheck", CUDA_HOME=self.path("cuda"))
        self.assertEqual(0, run.returncode, run.stdout + run.stderr)
        self.assertIn('memcheck: {"outcome": "clean", "launches": 3, "exit code": 0}', run.stdout)
        self.assertIn("--details=summary", self.called())
        self.assertIn("beside cuda-kernels", self.called())

    def test_recording_that_is_stopped(self):
        os.makedirs(self.path("cuda", "bin"))
        self.program(self.path("cuda", "bin", "compute-sanitizer"), SANITIZER)
        run = self.run_sh("memcheck", CUDA_HOME=self.path("cuda"), JAVA_CODE="124")
        self.assertEqual(1, run.returncode, run.stdout + run.stderr)
        self.assertIn('recording: {"outcome": "not finished", "exit code": 124', run.stdout)

    def test_through_a_link(self):
        os.symlink(os.path.join(self.bundle, "run.sh"), self.path("work", "run"))
        run = self.call(self.path("work", "run"), "doctor", "--cpu")
        self.assertIn("dev.lamina.cli.Main", self.called(), run.stderr)

    def test_locale(self):
        self.run_sh("doctor", "--cpu")
        self.assertIn("LC_ALL=C.UTF-8", self.called())


class Launchers(Scripts):
    def container(self):
        """The container's launcher, with the Java of this test."""
        with open(os.path.join(HERE, "..", "docker", "lamina")) as opened:
            text = opened.read()
        self.program(self.path("lamina"), text.replace("/opt/java/", self.bundle + "/java/"))
        return self.path("lamina")

    def launchers(self):
        return os.path.join(self.bundle, "lamina"), self.container()

    def test_options_of_java(self):
        for launcher in self.launchers():
            self.call(launcher, "doctor", LAMINA_JAVA_OPTS="-Xmx1g -Da=b")
            self.assertTrue({"-Xmx1g", "-Da=b"} <= set(self.called()), launcher)
            os.remove(self.calls)

    def test_no_options_of_java(self):
        for launcher in self.launchers():
            self.call(launcher, "doctor", "--json")
            self.assertEqual(["dev.lamina.cli.Main", "doctor", "--json", ""], self.called()[-4:], launcher)
            os.remove(self.calls)

    def test_locale(self):
        for launcher in self.launchers():
            self.call(launcher, "doctor")
            self.assertEqual("LC_ALL=C.UTF-8", self.called()[0], launcher)
            os.remove(self.calls)

    def test_through_a_link(self):
        os.mkdir(self.path("bin"))
        os.symlink("../bundle/lamina", self.path("bin", "lamina"))
        os.symlink(self.path("bin", "lamina"), self.path("work", "l"))
        run = self.call(self.path("work", "l"), "doctor")
        self.assertEqual(0, run.returncode, run.stderr)
        self.assertIn("-Dlogback.configurationFile=" + self.path("bundle", "logback.xml"), self.called())


if __name__ == "__main__":
    unittest.main()
