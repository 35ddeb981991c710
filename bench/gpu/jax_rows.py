#!/usr/bin/env python3
"""JAX's rows: a jitted step, and jit + scan, which runs the whole pool of batches in one call. float32, or bfloat16 with float32 weights;
Adam and SGD written out.

The batches lie on the device, those of the fit cases in a new order each pass in scan alone; predictions go from a host array to a host array. One JSON line for each case and mode.
"""

import cases
import jax_ops

MODES = ("jit", "scan")


def main():
    given = cases.arguments(__doc__, MODES)
    import jax
    import numpy

    jax.config.update("jax_default_matmul_precision", "highest")
    device = jax.devices("gpu" if given.device == "cuda" else "cpu")[0]
    with jax.default_device(device):
        for case in given.case:
            for mode in given.mode:
                work, _, batch, _ = shape = cases.shrunk(case, given.shrink)
                try:
                    if work == "op":
                        step, wait = jax_ops.prepare(jax, case, shape, mode)
                        cases.row("jax-" + mode, jax.__version__, case, batch, rates=cases.measure(given, batch, 1, step, wait))
                    else:
                        run(jax, numpy, given, case, shape, mode)
                except Exception as e:  # A mode that this machine can't do is a row that says so.
                    cases.row("jax-" + mode, jax.__version__, case, batch, error=f"{type(e).__name__}: {e}"[:300])


def run(jax, numpy, given, case, shape, mode):
    jnp = jax.numpy
    work, sizes, batch, pool = shape
    half = case in cases.BFLOAT16
    random = numpy.random.default_rng(42)
    convolves = work in ("cnn", "predict-cnn")
    parameters = weights(random, numpy, jnp, sizes, convolves)
    if case == "fit-u8":
        x = jnp.asarray(random.integers(0, 256, (pool, batch, sizes[0])), jnp.uint8)
    else:
        x = jnp.asarray(random.standard_normal((pool, batch, sizes[0])), jnp.bfloat16 if half else jnp.float32)

    def forward(p, inputs):
        if half:
            p = jax.tree.map(lambda w: w.astype(jnp.bfloat16), p)
        elif case == "fit-u8":
            inputs = inputs.astype(jnp.float32) * (1 / 255)
        return network(jax, jnp, p, inputs, convolves).astype(jnp.float32)

    if work.startswith("predict"):
        if mode == "scan":
            return
        call = jax.jit(lambda inputs: forward(parameters, inputs))
        host = [numpy.asarray(one) for one in x]
        at = [0]

        def predict():
            numpy.asarray(call(host[at[0]]))
            at[0] = (at[0] + 1) % pool

        cases.row("jax-" + mode, jax.__version__, case, batch, times=cases.latencies(given, predict))
        return

    if work.startswith("regression"):
        y = jnp.asarray(random.standard_normal((pool, batch, sizes[-1])), jnp.float32)

        def loss_of(p, inputs, targets):
            return jnp.mean((forward(p, inputs) - targets) ** 2)
    else:
        y = jnp.asarray(random.integers(0, sizes[-1], (pool, batch)), jnp.int32)

        def loss_of(p, inputs, targets):
            logs = jax.nn.log_softmax(forward(p, inputs))
            return -jnp.mean(jnp.take_along_axis(logs, targets[:, None], axis=1))

    if work == "regression":
        state = (parameters,)

        def update(state, gradients):
            return (jax.tree.map(lambda w, g: w - 1e-2 * g, state[0], gradients),)
    else:
        # The state is given away to each step, so no two of its arrays may share memory.
        slots = [jax.tree.map(lambda w: jnp.array(numpy.zeros(w.shape, numpy.float32)), parameters) for _ in range(2)]
        state = (parameters, *slots, jnp.zeros((), jnp.int32))

        def update(state, gradients):
            p, m, v, t = state
            t = t + 1
            m = jax.tree.map(lambda a, g: a + (g - a) * 0.1, m, gradients)
            v = jax.tree.map(lambda a, g: a + (g * g - a) * 0.001, v, gradients)
            size = 1e-3 * jnp.sqrt(1 - 0.999 ** t.astype(jnp.float32)) / (1 - 0.9 ** t.astype(jnp.float32))
            p = jax.tree.map(lambda w, a, b: w - a * size / (jnp.sqrt(b) + 1e-7), p, m, v)
            return p, m, v, t

    def step(state, data):
        loss, gradients = jax.value_and_grad(loss_of)(state[0], *data)
        return update(state, gradients), loss

    if mode == "scan":
        compiled = jax.jit(passes(jax, step, x, y, case in cases.FIT), donate_argnums=0)
        if case in cases.FIT:
            state = (state, jax.random.key(42))
        box = [state, None]

        def advance():
            box[0], box[1] = compiled(box[0])

        def mean():
            advance()
            return float(jnp.mean(box[1]))

        steps = pool
    else:
        compiled = jax.jit(step, donate_argnums=0)
        batches = [(x[i], y[i]) for i in range(pool)]
        box = [state, None]
        at = [0]

        def advance():
            box[0], box[1] = compiled(box[0], batches[at[0]])
            at[0] = (at[0] + 1) % pool

        def mean():
            total = 0.0
            for _ in range(pool):
                advance()
                total += float(box[1])
            return total / pool

        steps = 1
    first = mean()
    rates = cases.measure(given, batch, steps, advance, lambda: jax.block_until_ready(box))
    cases.row("jax-" + mode, jax.__version__, case, batch, rates=rates, losses=(first, mean()))


def passes(jax, step, x, y, shuffled):
    """All batches one after the other, or as many out of all samples in a new order, whose key is a part of the state then."""
    if not shuffled:
        return lambda s: jax.lax.scan(step, s, (x, y))
    jnp = jax.numpy
    samples = x.reshape(-1, x.shape[-1])
    targets = y.reshape(-1, *y.shape[2:])

    def one(both):
        state, key = both
        key, now = jax.random.split(key)
        order = jax.random.permutation(now, len(samples)).reshape(y.shape[:2])
        state, losses = jax.lax.scan(lambda s, rows: step(s, (samples[rows], targets[rows])), state, order)
        return (state, key), losses

    return one


def weights(random, numpy, jnp, sizes, convolves):
    def uniform(*shape):
        fans = (shape[0] + shape[1]) if len(shape) == 2 else shape[0] * shape[1] * (shape[2] + shape[3])
        limit = (6 / fans) ** 0.5
        return jnp.asarray(random.uniform(-limit, limit, shape), jnp.float32)

    def zeros(n):
        return jnp.zeros(n, jnp.float32)

    if convolves:
        return [
            (uniform(3, 3, 1, 32), zeros(32)), (uniform(3, 3, 32, 64), zeros(64)),
            (uniform(1600, 128), zeros(128)), (uniform(128, 10), zeros(10)),
        ]
    return [(uniform(a, b), zeros(b)) for a, b in zip(sizes, sizes[1:])]


def network(jax, jnp, p, x, convolves):
    if convolves:
        x = x.reshape(-1, 28, 28, 1)
        for kernel, bias in p[:2]:
            x = jax.lax.conv_general_dilated(x, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
            x = jax.nn.relu(x + bias)
            x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        x = x.reshape(x.shape[0], -1)
        p = p[2:]
    for kernel, bias in p[:-1]:
        x = jax.nn.relu(x @ kernel + bias)
    kernel, bias = p[-1]
    return x @ kernel + bias


if __name__ == "__main__":
    main()
