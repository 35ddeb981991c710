#!/usr/bin/env python3
"""A table of the rows in files of JSON lines: microseconds of a step, and Lamina's speed over the best other row. Several rows of one
peer and case are rounds: the median counts."""

import json
import statistics
import sys

from cases import CASES


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
    print("| case | " + " | ".join(peers) + " | lamina over the best |")
    print("|---" * (len(peers) + 2) + "|")
    for case in cases:
        rates = {
            peer: statistics.median(line["samples_per_s"] for line in rounds[case, peer])
            for peer in peers if (case, peer) in rounds
        }
        others = [rate for peer, rate in rates.items() if peer != "lamina"]
        ratio = f"{rates['lamina'] / max(others):.2f}" if "lamina" in rates and others else "-"
        batch = CASES[case][2]
        cells = [f"{1e6 * batch / rates[peer]:.1f} us" if peer in rates else "-" for peer in peers]
        print(f"| {case} | " + " | ".join(cells) + f" | {ratio} |")
    for (case, peer), error in errors.items():
        print(f"{peer}, {case}: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
