#!/usr/bin/env python3
"""What the GPU can do at most: copy bandwidth, matrix products by type, copies from pinned memory, and what a launch, a node of a graph
and a wait cost. One JSON line. Needs PyTorch with CUDA."""

import json
import time


def main():
    import torch

    device = torch.device("cuda")

    def seconds(work, repeats=20):
        """The shortest of several runs."""
        work()
        torch.cuda.synchronize()
        best = float("inf")
        for _ in range(5):
            start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            start.record()
            for _ in range(repeats):
                work()
            end.record()
            torch.cuda.synchronize()
            best = min(best, start.elapsed_time(end) / 1000 / repeats)
        return best

    line = {"device": torch.cuda.get_device_name(), "torch": torch.__version__, "cuda": torch.version.cuda}
    a = torch.empty(1 << 28, device=device)
    b = torch.empty_like(a)
    line["copy_gb_per_s"] = round(2 * a.nbytes / seconds(lambda: b.copy_(a)) / 1e9, 1)
    pinned = torch.empty(1 << 26).pin_memory()
    line["upload_gb_per_s"] = round(
        pinned.nbytes / seconds(lambda: a[: 1 << 26].copy_(pinned, non_blocking=True)) / 1e9, 1)
    del a, b
    n = 8192
    for name, dtype, tf32 in (("f32", torch.float32, False), ("tf32", torch.float32, True), ("bf16", torch.bfloat16, False)):
        torch.backends.cuda.matmul.allow_tf32 = tf32
        x = torch.randn(n, n, device=device, dtype=dtype)
        y = torch.randn(n, n, device=device, dtype=dtype)
        line[f"matmul_{name}_tflop_per_s"] = round(2 * n ** 3 / seconds(lambda: x @ y, 3) / 1e12, 1)
    x = torch.zeros(16, device=device)
    line["launch_us"] = round(1e6 * seconds(lambda: x.add_(1), 1000), 3)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(100):
            x.add_(1)
    line["graph_node_us"] = round(1e6 * seconds(graph.replay) / 100, 3)
    start = time.perf_counter()
    for _ in range(1000):
        x.add_(1)
        torch.cuda.synchronize()
    line["launch_and_wait_us"] = round(1e6 * (time.perf_counter() - start) / 1000, 3)
    print(json.dumps(line))


if __name__ == "__main__":
    main()
