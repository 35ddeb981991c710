#!/usr/bin/env python3
"""A table of the rows in files of JSON lines: microseconds of a step, Lamina's speed over the best other row, and what it is to reach. Several
rows of one peer and case are rounds: the median counts."""

import json
import statistics
import sys

from cases import CASES, FLOOR_US, GOAL_PERCENT, GOAL_US


def step_us(line):
    """Of a row of bench/peers, by the batch that the case has."""
    return line.get("step_us", 1e6 * CASES[line["case"]][2] / line["samples_per_s"])


def median(lines, of):
    return statistics.median(of(line) for line in lines)


def part(lines):
    """Of the rate of the case that Lamina's rows name, and what it is to be."""
    lines = [line for line in lines if "reference" in line]
    if not lines:
        return "-"
    goal = GOAL_PERCENT.get(lines[0]["case"])
    percent = median(lines, lambda line: line["percent_of_reference"])
    return f"{percent:.1f} % of {lines[0]['reference']}" + (f" (goal {goal} %)" if goal else "")


def notes(case, lines):
    """What Lamina's rows say beside the time of a step."""
    if "startup_ms" in lines[0]:
        print(f"lamina, {case}: the first step is done {lines[0]['startup_ms']} ms after the start (goal 800 ms)")
    if "epoch_ms" in lines[0]:
        goal = " (goal 20 ms)" if case == "fit-mlp-b128" else ""
        print(f"lamina, {case}: {median(lines, lambda line: line['epoch_ms']):.3f} ms an epoch{goal}; {lines[0]['execution']}")
    if case == "predict-1":
        print(f"lamina, {case}: 99 % within {1000 * median(lines, lambda line: line['p99_ms']):.1f} us (goal 20 us)")
    for what in ("shrunk_by", "reduced_to_fit_memory"):
        if what in lines[0]:
            print(f"lamina, {case}: {what} {lines[0][what]}, so that its step is another one: {lines[0]['size']}")


def main(files):
    rounds = {}
    errors = {}
    for name in files:
        with open(name) as lines:
            for text in lines:
                if not text.startswith("{"):
                    continue
                line = json.loads(text)
                if "case" not in line:
                    print(text.strip())
                    continue
                key = (line["case"], line["peer"])
                if "error" in line:
                    errors[key] = line["error"]
                else:
                    rounds.setdefault(key, []).append(line)
    cases = list(dict.fromkeys(case for case, _ in rounds))
    peers = sorted({peer for _, peer in rounds}, key=lambda peer: (peer != "lamina", peer))
    heads = ["case", *peers, "lamina over the best", "floor", "goal", "part of its reference"]
    print("| " + " | ".join(heads) + " |")
    print("|---" * len(heads) + "|")
    for case in cases:
        steps = {peer: median(rounds[case, peer], step_us) for peer in peers if (case, peer) in rounds}
        others = [step for peer, step in steps.items() if peer != "lamina"]
        ratio = f"{min(others) / steps['lamina']:.2f}" if "lamina" in steps and others else "-"
        cells = [f"{steps[peer]:.1f} us" if peer in steps else "-" for peer in peers]
        limits = [f"{of[case]} us" if case in of else "-" for of in (FLOOR_US, GOAL_US)]
        print("| " + " | ".join([case, *cells, ratio, *limits, part(rounds.get((case, "lamina"), []))]) + " |")
    for (case, peer), lines in rounds.items():
        if peer == "lamina":
            notes(case, lines)
    for (case, peer), error in errors.items():
        print(f"{peer}, {case}: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
