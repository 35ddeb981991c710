"""PyTorch's single ops on large tensors, for torch_rows.py."""


def prepare(torch, case, shape, mode, device):
    """What issues the op once, and what waits for all that was issued."""
    _, sizes, batch, _ = shape
    cuda = device == "cuda"
    wait = torch.cuda.synchronize if cuda else lambda: None
    torch.manual_seed(42)
    if case == "eager-ops":
        if mode != "eager":
            raise RuntimeError("only eager ops are ops one by one")
        return lambda: additions(torch, batch, sizes, device), wait
    if case == "adam-100m":
        weights = [torch.randn(*sizes, device=device, requires_grad=True) for _ in range(25)]
        for weight in weights:
            weight.grad = torch.randn_like(weight)
        fast = {"fused": True, "capturable": True} if cuda else {}
        work = torch.optim.Adam(weights, lr=1e-3, eps=1e-7, **fast).step
    elif case.startswith("gemm"):
        x = torch.randn(batch, sizes[0], device=device, dtype=torch.bfloat16)
        w = torch.randn(*sizes, device=device, dtype=torch.bfloat16)
        bias = torch.randn(sizes[1], device=device, dtype=torch.bfloat16)
        work = (lambda: torch.relu(torch.addmm(bias, x, w))) if "relu" in case else (lambda: x @ w)
    else:
        x = torch.randn(*sizes, device=device)
        out = torch.empty_like(x)
        scale, shift = torch.randn(sizes[1], device=device), torch.randn(sizes[1], device=device)
        work = {
            "copy": lambda: out.copy_(x),
            "relu": lambda: torch.relu(x),
            "softmax": lambda: torch.softmax(x, -1),
            "layer-norm": lambda: torch.nn.functional.layer_norm(x, (sizes[1],), scale, shift, 1e-3),
        }[case]
    if mode == "eager":
        return work, wait
    if mode != "cudagraph":
        return torch.compile(work, mode=None if mode == "compile" else mode), wait
    if not cuda:
        raise RuntimeError("a CUDA graph needs a GPU")
    side = torch.cuda.Stream()
    with torch.cuda.stream(side):
        for _ in range(3):
            work()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph.replay, wait


def additions(torch, count, sizes, device, known={}):
    if not known:
        known["x"], known["one"] = torch.zeros(*sizes, device=device), torch.randn(*sizes, device=device)
    y = known["x"]
    for _ in range(count):
        y = y + known["one"]
