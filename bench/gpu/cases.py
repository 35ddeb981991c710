"""The benchmark's cases, as Lamina's own `lamina bench` has them: same sizes, same optimizer, standard normal inputs, seed 42."""

import json
import sys
import time

MLP = (784, 512, 256, 10)

# name: work, sizes, batch, batches used in turn
CASES = {
    "mlp-b128": ("classifier", MLP, 128, 16),
    "mlp-b32": ("classifier", MLP, 32, 16),
    "mlp-wide": ("classifier", (784, 4096, 4096, 10), 256, 4),
    "cnn-b64": ("cnn", (784, 10), 64, 8),
    "tiny-b64": ("regression", (8, 32, 32, 1), 64, 16),
    "predict-1": ("predict", MLP, 1, 16),
    "predict-b128": ("predict", MLP, 128, 8),
    "predict-cnn-b64": ("predict-cnn", (784, 10), 64, 8),
}


def arguments(description, modes, hosts=()):
    import argparse

    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--case", action="append", choices=sorted(CASES), help="all, if not given")
    parser.add_argument("--mode", action="append", choices=modes, help="all, if not given")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each repeat")
    parser.add_argument("--warmup", type=float, default=1.0, help="seconds before the first repeat")
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    if hosts:
        parser.add_argument("--host", default=hosts[0], choices=hosts, help="memory that predictions start from and end in")
    given = parser.parse_args()
    given.case = given.case or list(CASES)
    given.mode = given.mode or list(modes)
    return given


def measure(given, batch, steps_at_once, step, wait):
    """Samples a second, sorted. `step` issues so many steps; `wait` returns when all that was issued is done."""
    end = time.perf_counter() + given.warmup
    done = 0
    while done < 5 or time.perf_counter() < end:
        step()
        done += 1
    wait()
    rates = []
    for _ in range(given.repeats):
        calls = 0
        start = time.perf_counter()
        while time.perf_counter() - start < given.seconds:
            step()
            calls += 1
        wait()
        rates.append(calls * steps_at_once * batch / (time.perf_counter() - start))
    return sorted(rates)


def latencies(given, call):
    """The milliseconds of single calls that return when their result is on the host, sorted."""
    end = time.perf_counter() + given.warmup
    while time.perf_counter() < end:
        call()
    times = []
    end = time.perf_counter() + given.repeats * given.seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - start))
    return sorted(times)


def row(peer, version, case, batch, rates=None, times=None, losses=None, error=None):
    """Prints a line in the form of bench/peers."""
    line = {"peer": peer, "version": version, "case": case}
    if error is not None:
        line["error"] = error
    if rates is None and times is not None:
        rates = [1000 * batch / times[len(times) // 2]]
    if rates is not None:
        line["samples_per_s"] = round(rates[len(rates) // 2], 1)
        line["samples_per_s_min"] = round(rates[0], 1)
        line["samples_per_s_max"] = round(rates[-1], 1)
        line["step_us"] = round(1e6 * batch / rates[len(rates) // 2], 2)
    if times is not None:
        line["p50_ms"] = round(times[len(times) // 2], 5)
        line["p99_ms"] = round(times[int(len(times) * 0.99)], 5)
    if losses is not None:
        line["loss_first"], line["loss_last"] = (round(loss, 4) for loss in losses)
    print(json.dumps(line))
    sys.stdout.flush()
