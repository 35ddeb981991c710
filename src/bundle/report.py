#!/usr/bin/env python3
"""Turns what a step of run.sh left behind into a small JSON file. The exit code says whether the step passed.

report.py doctor DOCTOR.json DEVICE CODE
report.py tests FOLDER RESULT.json DEVICE COMMIT_FILE       (a folder in FOLDER for each JVM: its log, reports and exit code)
report.py train LOG RESULT.json DEVICE
report.py bench LOG RESULT.json DEVICE CODE OPTIONS
report.py memcheck FOLDER RESULT.json DEVICE WHY_NOT
"""
import glob
import json
import os
import platform
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

# A fault can be planted in the simulator only; such a test says so, and means nothing on a GPU.
SIMULATOR_ONLY = "needs the simulated device"
LONGEST_TEXT = 1500
# What run.sh has compute-sanitizer exit with when it found something.
SANITIZER_FOUND = "99"
MOST_ENTRIES = 100
# How far the accuracies of two backends may lie apart: two runs with different roundings differ by about half of it.
ACCURACY_DIFFERENCE = 0.01


def gpu(device):
    """What NVIDIA's own tool says of the card, the driver and the clocks."""
    if device != "real":
        return device
    query = "name,driver_version,memory.total,compute_cap,clocks.sm,clocks.max.sm"
    try:
        command = ["nvidia-smi", "--query-gpu=" + query, "--format=csv,noheader"]
        return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        return "nvidia-smi: " + str(error)


def write(file, device, facts):
    facts = {"device": gpu(device), "system": platform.platform(), "cores": os.cpu_count(), **facts}
    with open(file, "w") as opened:
        json.dump(facts, opened, indent=1)
        opened.write("\n")


def read(file):
    if not os.path.exists(file):
        return ""
    with open(file, errors="replace") as opened:
        return opened.read()


def doctor(file, device, code):
    try:
        facts = json.loads(read(file))
    except ValueError:
        print("the doctor wrote no JSON, exit code " + code)
        return False
    cuda = str(facts.get("backends", {}).get("cuda", ""))
    print("cuda: " + cuda)
    return code == "0" and (device == "cpu" or cuda.startswith("available"))


def message(element):
    return (element.get("message") or element.text or "").strip()[:LONGEST_TEXT]


def from_reports(files):
    """Name, outcome and text of each test, of JUnit's reports."""
    for file in files:
        for case in xml.parse(file).getroot().iter("testcase"):
            name = case.get("classname", "") + "." + case.get("name", "")
            broken = case.find("failure")
            broken = case.find("error") if broken is None else broken
            skipped = case.find("skipped")
            if broken is not None:
                yield name, "failed", message(broken)
            elif skipped is not None:
                yield name, "skipped", message(skipped)
            else:
                yield name, "passed", ""


def from_log(text):
    """The same of what the console launcher printed until it was stopped."""
    outcomes = {"SUCCESSFUL": "passed", "FAILED": "failed", "ABORTED": "skipped", "SKIPPED": "skipped"}
    lines = text.split("\n")
    for i, line in enumerate(lines):
        found = re.match(r"JUnit Jupiter > (.*) :: (SUCCESSFUL|FAILED|ABORTED|SKIPPED)$", line.strip())
        if found:
            why = "\n".join(lines[i + 1 : i + 6]) if found[2] != "SUCCESSFUL" else ""
            yield found[1], outcomes[found[2]], why.strip()[:LONGEST_TEXT]


def shortened(entries):
    return dict(list(entries.items())[:MOST_ENTRIES])


def tests(folder, result, device, commit):
    counts = {"passed": 0, "failed": 0, "skipped": 0, "for the simulator only": 0}
    failures, skips, codes, unfinished = {}, {}, {}, []
    log = ""
    for group in sorted(os.listdir(folder)):
        own_log = read(os.path.join(folder, group, "tests.log"))
        log += own_log
        codes[group] = read(os.path.join(folder, group, "code")).strip()
        files = glob.glob(os.path.join(folder, group, "*.xml"))
        if not files:
            unfinished.append(group)
        for name, outcome, text in from_reports(files) if files else from_log(own_log):
            if outcome == "skipped" and SIMULATOR_ONLY in text:
                outcome = "for the simulator only"
            counts[outcome] += 1
            if outcome == "failed":
                failures[name] = text
            elif outcome == "skipped":
                skips[name] = text
    facts = {
        "commit": read(commit).strip(),
        "finished": bool(codes) and not unfinished,
        "exit codes": codes,
        "counts": counts,
        "recorded numbers": re.findall(r"^(.*: passed \d+, failed \d+, not supported \d+)$", log, re.MULTILINE),
        "failures": shortened(failures),
        "skipped": shortened(skips),
    }
    strict = device == "real"
    passed = (
        facts["finished"]
        and all(code == "0" for code in codes.values())
        and counts["passed"] > 0
        and counts["failed"] == 0
        and not (strict and counts["skipped"] > 0)
    )
    if not passed:
        facts["end of the log"] = log[-4 * LONGEST_TEXT :]
    write(result, device, facts)
    print(json.dumps(counts) + ("; stopped before the end: " + ", ".join(unfinished) if unfinished else ""))
    shown = list(failures.items()) + (list(skips.items()) if strict else [])
    for name, text in shown[:20]:
        print("  " + name + ": " + text.split("\n")[0][:300])
    if not passed and not shown:
        print(log[-LONGEST_TEXT:])
    return passed


def train(log, result, device):
    runs = {}
    for part in re.split(r"^# (?=cpu|cuda)", read(log), flags=re.MULTILINE)[1:]:
        accuracy = re.search(r"^test accuracy (\d\.\d+)$", part, re.MULTILINE)
        seconds = re.search(r"^trained in ([\d.]+) s$", part, re.MULTILINE)
        data = re.search(r"^data: +(.*)$", part, re.MULTILINE)
        run = {
            "data": data[1] if data else None,
            "test accuracy": float(accuracy[1]) if accuracy else None,
            "training seconds": float(seconds[1]) if seconds else None,
        }
        if not accuracy:
            run["log"] = part[-LONGEST_TEXT:]
        runs[part.split("\n")[0]] = run
    reached = [run["test accuracy"] for run in runs.values()]
    passed = bool(reached) and None not in reached and max(reached) - min(reached) <= ACCURACY_DIFFERENCE
    write(result, device, {"runs": runs, "allowed difference": ACCURACY_DIFFERENCE, "passed": passed})
    for name, run in runs.items():
        print(name + ": " + json.dumps(run))
    return passed


def bench(log, result, device, code, options):
    cases = []
    for line in read(log).split("\n"):
        if line.startswith("{"):
            cases.append(json.loads(line))
            if "error" in cases[-1]:
                print("{case}: {error}".format(**cases[-1]))
                continue
            started = ", started in {startup_ms} ms" if "startup_ms" in cases[-1] else ""
            print(("{case}: {samples_per_s} samples/s, step {p50_ms} ms" + started).format(**cases[-1]))
    write(result, device, {"options": options, "exit code": int(code), "cases": cases})
    return code == "0" and bool(cases)


def checked(log):
    """What became of the replay under one tool, and why: "clean"; "errors", which it found; "not run", since this machine
    has not got the tool or the tool can't use the device; "stopped" by the time limit; "could not run" for any other reason."""
    code = re.findall(r"^exit code (\d+)$", log, re.MULTILINE)
    replayed = re.search(r"^replayed (\d+) launches", log, re.MULTILINE)
    # racecheck counts hazards.
    errors = [int(number) for number in re.findall(r"(?:ERROR|RACECHECK) SUMMARY: (\d+) (?:error|hazard)", log)]
    # The replay's own lines are no word of the tool: they begin with FAILED, or with PROBLEM on the simulated device.
    unusable = re.search(r"^(?!FAILED).*([Nn]ot supported|command not found|No such file).*$", log, re.MULTILINE)
    faults = r"^PROBLEM|^FAILED .* grid \(\d+\) failed|^=+ (?:Invalid |Barrier error|Error: Race)"
    found = any(errors) or code[-1:] == [SANITIZER_FOUND] or re.search(faults, log, re.MULTILINE)
    facts = {"launches": int(replayed[1]) if replayed else 0, "exit code": int(code[-1]) if code else None}
    if code and code[-1] == "0" and facts["launches"] > 0 and not found:
        return {"outcome": "clean", **facts}
    if unusable and not facts["launches"] and not found:
        return {"outcome": "not run", "why": unusable[0].strip()[:LONGEST_TEXT], **facts}
    # timeout's own code; what the tool would have said comes at its end.
    stopped = bool(code) and code[-1] == "124"
    outcome = "errors" if found else "stopped" if stopped else "could not run"
    return {"outcome": outcome, **facts, "log": log[: 2 * LONGEST_TEXT], "end of the log": log[-LONGEST_TEXT:]}


def recorded(log):
    """What became of the tests that were recorded, by what JUnit and run.sh wrote: "finished", whether or not some failed, which is for
    the tests' own step to tell; else "not finished", and the launches are a part of them."""
    code = re.findall(r"^exit code (\d+)$", log, re.MULTILINE)
    summary = re.findall(r"^\[ *(\d+ tests (?:successful|failed)) *\]$", log, re.MULTILINE)
    facts = {"exit code": int(code[-1]) if code else None, "tests": summary}
    # JUnit's own codes of a run that came to its end: all passed, or some failed.
    if code and code[-1] in ("0", "1") and summary:
        return {"outcome": "finished", **facts}
    return {"outcome": "not finished", **facts, "end of the log": log[-LONGEST_TEXT:]}


def memcheck(folder, result, device, why_not):
    if why_not:
        write(result, device, {"ran": False, "tools": {}, "why not": why_not})
        print("not run: " + why_not)
        return True
    tools = {}
    for name in ("simulator", "memcheck", "racecheck", "synccheck"):
        log = os.path.join(folder, name + ".log")
        if os.path.exists(log):
            tools[name] = checked(read(log))
    recording = recorded(read(os.path.join(folder, "record.log")))
    ran = any(tool["outcome"] != "not run" for tool in tools.values())
    write(result, device, {"ran": ran, "tools": tools, "recording": recording})
    for name, run in {"recording": recording, **tools}.items():
        print(name + ": " + json.dumps(run)[:600])
    if not ran:
        print("not run: see " + result)
    return recording["outcome"] == "finished" and all(tool["outcome"] in ("clean", "not run") for tool in tools.values())


if __name__ == "__main__":
    steps = {"doctor": doctor, "tests": tests, "train": train, "bench": bench, "memcheck": memcheck}
    sys.exit(0 if steps[sys.argv[1]](*sys.argv[2:]) else 1)
