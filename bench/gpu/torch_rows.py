#!/usr/bin/env python3
"""PyTorch's rows: eager, torch.compile in three modes, and a whole step in one CUDA graph that is captured by hand.

float32 without TF32, or autocast to bfloat16; Adam(fused=True, capturable=True) on a GPU. The batches lie on the device; predictions go from a host array to a
host array: numpy's, in pageable memory. --host pinned runs the predictions alone, from tensors in pinned memory (cudagraph's results lie there, too);
their rows are named so. One JSON line for each case and mode.
"""

import cases
import torch_ops

MODES = ("eager", "compile", "reduce-overhead", "max-autotune", "cudagraph")
HOSTS = ("pageable", "pinned")


def main():
    given = cases.arguments(__doc__, MODES, HOSTS)
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    for case in given.case:
        for mode in given.mode:
            torch._dynamo.reset()
            work, _, batch, _ = shape = cases.shrunk(case, given.shrink)
            predicts = work.startswith("predict")
            pinned = given.host == "pinned"
            if pinned and not predicts:
                continue
            peer = "torch-" + mode + ("-pinned" if pinned else "")
            try:
                if work == "op":
                    step, wait = torch_ops.prepare(torch, case, shape, mode, given.device)
                    cases.row(peer, torch.__version__, case, batch, rates=cases.measure(given, batch, 1, step, wait))
                elif predicts:
                    times = cases.latencies(given, Predictor(torch, shape, mode, given.device, pinned).call)
                    cases.row(peer, torch.__version__, case, batch, times=times)
                else:
                    trainer = Trainer(torch, case, shape, mode, given.device)
                    first = trainer.loss()
                    rates = cases.measure(given, batch, 1, trainer.step, trainer.wait)
                    cases.row(peer, torch.__version__, case, batch, rates=rates, losses=(first, trainer.loss()))
            except Exception as e:  # A mode that this machine can't do is a row that says so.
                cases.row(peer, torch.__version__, case, batch, error=f"{type(e).__name__}: {e}"[:300])


def network(torch, work, sizes):
    nn = torch.nn
    if work in ("cnn", "predict-cnn"):
        return nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)),
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(1600, 128), nn.ReLU(), nn.Linear(128, 10),
        )
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def compiled(torch, mode, function):
    if mode in ("eager", "cudagraph"):
        return function
    return torch.compile(function, mode=None if mode == "compile" else mode)


class Trainer:
    def __init__(self, torch, case, shape, mode, device):
        self.torch = torch
        self.cuda = device == "cuda"
        work, sizes, self.size, self.pool = shape
        n = self.size * self.pool
        torch.manual_seed(42)
        self.model = network(torch, work, sizes).to(device)
        self.bytes = case == "fit-u8"
        self.half = case in cases.BFLOAT16
        self.order = torch.randperm(n, device=device) if case in cases.FIT else None
        self.x = torch.randn(n, sizes[0], device=device, dtype=torch.bfloat16 if self.half else torch.float32)
        if self.bytes:
            self.x = torch.randint(0, 256, (n, sizes[0]), device=device, dtype=torch.uint8)
        regression = work.startswith("regression")
        self.y = torch.randn(n, sizes[-1], device=device) if regression else torch.randint(0, sizes[-1], (n,), device=device)
        self.criterion = torch.nn.MSELoss() if regression else torch.nn.CrossEntropyLoss()
        if work == "regression":
            self.optimizer = torch.optim.SGD(self.model.parameters(), lr=1e-2)
        else:
            fast = {"fused": True, "capturable": True} if self.cuda else {}
            self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3, eps=1e-7, **fast)
        self.batch = 0
        if mode == "cudagraph":
            self.capture()
        else:
            self.forward = compiled(torch, mode, self.measure)
            # Compiled whole where it can be: the update is compiled too.
            self.update = compiled(torch, mode, self.optimizer.step)
            self.run = self.plain

    def measure(self, x, y):
        """The loss."""
        if self.bytes:
            x = x.float() * (1 / 255)
        with self.torch.autocast(self.x.device.type, dtype=self.torch.bfloat16, enabled=self.half):
            out = self.model(x)
        return self.criterion(out.float(), y)

    def at(self, batch):
        """The samples of a batch, in the order of the pass if there is one."""
        rows = slice(batch * self.size, (batch + 1) * self.size)
        if self.order is None:
            return self.x[rows], self.y[rows]
        if batch == 0:
            self.order = self.torch.randperm(len(self.order), device=self.order.device)
        return self.x[self.order[rows]], self.y[self.order[rows]]

    def plain(self, x, y):
        # What the last step's graph left behind, its loss, may be overwritten.
        self.torch.compiler.cudagraph_mark_step_begin()
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.forward(x, y)
        loss.backward()
        self.update()
        return loss

    def capture(self):
        torch = self.torch
        if not self.cuda:
            raise RuntimeError("a CUDA graph needs a GPU")
        x, y = (values.clone() for values in self.at(0))

        def step():
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.measure(x, y)
            loss.backward()
            self.optimizer.step()
            return loss

        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            loss = step()

        def replay(new_x, new_y):
            x.copy_(new_x)
            y.copy_(new_y)
            graph.replay()
            return loss

        self.run = replay

    def step(self):
        loss = self.run(*self.at(self.batch))
        self.batch = (self.batch + 1) % self.pool
        return loss

    def wait(self):
        if self.cuda:
            self.torch.cuda.synchronize()

    def loss(self):
        """The mean loss over the pool, training as it goes."""
        return sum(self.step().item() for _ in range(self.pool)) / self.pool


class Predictor:
    def __init__(self, torch, shape, mode, device, pinned):
        work, sizes, batch, pool = shape
        torch.manual_seed(42)
        self.torch = torch
        model = network(torch, work, sizes).to(device).eval()
        cuda = device == "cuda"
        if pinned and not cuda:
            raise RuntimeError("pinned memory needs a GPU")
        self.host = [torch.randn(batch, sizes[0]) for _ in range(pool)]
        # A tensor over numpy's memory is what a user hands over; no copy is made of it.
        self.host = [x.pin_memory() if pinned else torch.from_numpy(x.numpy().copy()) for x in self.host]
        self.at = 0
        if mode == "cudagraph":
            if not cuda:
                raise RuntimeError("a CUDA graph needs a GPU")
            x = torch.empty(batch, sizes[0], device=device)
            out = torch.empty(batch, sizes[-1], pin_memory=pinned)
            with torch.inference_mode():
                side = torch.cuda.Stream()
                with torch.cuda.stream(side):
                    for _ in range(3):
                        model(x)
                torch.cuda.synchronize()
                graph = torch.cuda.CUDAGraph()
                with torch.cuda.graph(graph):
                    y = model(x)

            def predict(new):
                x.copy_(new, non_blocking=True)
                graph.replay()
                out.copy_(y, non_blocking=pinned)
                torch.cuda.synchronize()
                return out

            self.predict = predict
        else:
            forward = compiled(torch, mode, model)
            self.predict = lambda new: forward(new.to(device, non_blocking=True)).cpu()

    def call(self):
        with self.torch.inference_mode():
            self.predict(self.host[self.at])
        self.at = (self.at + 1) % len(self.host)


if __name__ == "__main__":
    main()
