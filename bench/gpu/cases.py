"""The benchmark's cases, as Lamina's own `lamina bench` has them: same sizes, same optimizer, standard normal inputs, seed 42."""

import json
import sys
import time

MLP = (784, 512, 256, 10)

# name: work, sizes, batch, batches used in turn
PEERS = {
    "mlp-b128": ("classifier", MLP, 128, 16),
    "mlp-b32": ("classifier", MLP, 32, 16),
    "mlp-wide": ("classifier", (784, 4096, 4096, 10), 256, 4),
    "cnn-b64": ("cnn", (784, 10), 64, 8),
    "tiny-b64": ("regression", (8, 32, 32, 1), 64, 16),
    "predict-1": ("predict", MLP, 1, 16),
    "predict-b128": ("predict", MLP, 128, 8),
    "predict-cnn-b64": ("predict-cnn", (784, 10), 64, 8),
}

# Single ops: batch is the samples of one run of them. ops_*.py has them.
ROWS, COLUMNS = 65536, 4096
OPS = {
    "gemm-bf16": ("op", (4096, 4096), 8192, 1),
    "gemm-bias-relu-bf16": ("op", (4096, 4096), 8192, 1),
    "copy": ("op", (ROWS, COLUMNS), ROWS * COLUMNS, 1),
    "relu": ("op", (ROWS, COLUMNS), ROWS * COLUMNS, 1),
    "softmax": ("op", (ROWS, COLUMNS), ROWS * COLUMNS, 1),
    "layer-norm": ("op", (ROWS, COLUMNS), ROWS * COLUMNS, 1),
    "adam-100m": ("op", (2000, 2000), 100_000_000, 1),
    "eager-ops": ("op", (16,), 1000, 1),
}

# The batches of a pass are taken, in a new order, from samples that lie on the device; those of u8 are bytes.
FIT = {
    "fit-tiny": ("regression-adam", (8, 32, 32, 1), 32, 4096),
    "fit-tiny-graph": ("regression-adam", (8, 32, 32, 1), 32, 4096),
    "fit-mlp-b128": ("classifier", MLP, 128, 468),
    "fit-u8": ("classifier", MLP, 128, 468),
}

BFLOAT16 = {
    "mlp-4096-bf16": ("regression-adam", (4096,) * 5, 8192, 1),
    "cnn-b256-bf16": ("cnn", (784, 10), 256, 4),
}

# Lamina's alone: what it says is how much of fit-u8's rate is left.
ALONE = {"fit-u8-stream": ("none", MLP, 128, 1)}

CASES = {**PEERS, **OPS, **FIT, **BFLOAT16, **ALONE}

# Microseconds of a step on an H200: what the machine allows at 790 TFLOP/s in bfloat16, 4.3 TB/s, 1.3 us a node of a graph
# (computed, not measured), and what Lamina is to reach.
FLOOR_US = {
    "gemm-bias-relu-bf16": 348, "eager-ops": 2300, "fit-tiny": 1.5, "fit-tiny-graph": 20, "fit-mlp-b128": 23,
    "mlp-b128": 23, "mlp-4096-bf16": 4260, "cnn-b256-bf16": 60, "predict-1": 10,
}
GOAL_US = {
    "gemm-bias-relu-bf16": 352, "eager-ops": 3000, "fit-tiny": 2, "fit-tiny-graph": 20, "fit-mlp-b128": 40,
    "mlp-b128": 40, "mlp-4096-bf16": 4400, "cnn-b256-bf16": 150, "predict-1": 12,
}

# Lamina's rate over that of the case that its line names.
GOAL_PERCENT = {
    "gemm-bias-relu-bf16": 99, "relu": 95, "softmax": 92, "layer-norm": 92, "adam-100m": 95, "fit-u8-stream": 98,
}


def shrunk(case, by):
    """A case's work, sizes, batch and pool, divided to try it where there is no GPU."""
    work, sizes, batch, pool = CASES[case]
    if by == 1 or case in PEERS:
        return work, sizes, batch, pool
    if case in OPS and len(sizes) == 2:
        sizes = tuple(max(1, size // by) for size in sizes)
        elements = sizes[0] * sizes[1]
        return work, sizes, 25 * elements if case == "adam-100m" else batch // by if "gemm" in case else elements, pool
    if case == "mlp-4096-bf16":
        sizes = tuple(max(1, size // by) for size in sizes)
    return work, sizes, batch if case in FIT else max(1, batch // by), max(1, pool // by)


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
    parser.add_argument("--shrink", type=int, default=1, help="divides sizes, to try the cases where there is no GPU")
    given = parser.parse_args()
    given.case = [case for case in given.case or CASES if case not in ALONE]
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
