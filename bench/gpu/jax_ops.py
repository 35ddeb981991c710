"""JAX's single ops on large tensors, jitted, for jax_rows.py."""


def prepare(jax, case, shape, mode):
    """What issues the op once, and what waits for all that was issued."""
    if mode == "scan":
        raise RuntimeError("a single op has no batches to go through")
    jnp = jax.numpy
    _, sizes, batch, _ = shape
    key = jax.random.key(42)

    def normal(*of, dtype=jnp.float32):
        return jax.random.normal(key, of, dtype)

    if case == "eager-ops":
        x, one = normal(*sizes), normal(*sizes)

        def work():
            y = x
            for _ in range(batch):
                y = y + one
            return y

        return kept(jax, work)
    if case == "adam-100m":
        return adam(jax, normal, sizes)
    if case.startswith("gemm"):
        x, w, bias = (normal(*of, dtype=jnp.bfloat16) for of in ((batch, sizes[0]), sizes, sizes[1:]))
        op = (lambda x: jax.nn.relu(x @ w + bias)) if "relu" in case else (lambda x: x @ w)
    else:
        x, scale, shift = normal(*sizes), normal(sizes[1]), normal(sizes[1])

        def layer_norm(x):
            mean = x.mean(-1, keepdims=True)
            variance = ((x - mean) ** 2).mean(-1, keepdims=True)
            return (x - mean) * jax.lax.rsqrt(variance + 1e-3) * scale + shift

        # Nothing to compute is nothing to do for XLA: the copy must be asked for.
        op = {"copy": jnp.copy, "relu": jax.nn.relu, "softmax": jax.nn.softmax, "layer-norm": layer_norm}[case]
    compiled = op if case == "copy" else jax.jit(op)
    return kept(jax, lambda: compiled(x))


def kept(jax, work):
    box = [None]

    def step():
        box[0] = work()

    return step, lambda: jax.block_until_ready(box)


def adam(jax, normal, sizes):
    jnp = jax.numpy
    gradients = [normal(*sizes) for _ in range(25)]
    state = [[normal(*sizes), jnp.zeros(sizes), jnp.zeros(sizes)] for _ in range(25)]

    def update(state, t):
        size = 1e-3 * jnp.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t)
        out = []
        for (w, m, v), g in zip(state, gradients):
            m = m + (g - m) * 0.1
            v = v + (g * g - v) * 0.001
            out.append([w - m * size / (jnp.sqrt(v) + 1e-7), m, v])
        return out, t + 1

    compiled = jax.jit(update, donate_argnums=0)
    box = [state, jnp.ones(())]

    def step():
        box[:] = compiled(*box)

    return step, lambda: jax.block_until_ready(box)
