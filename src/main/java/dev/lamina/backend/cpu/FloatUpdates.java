package dev.lamina.backend.cpu;

import dev.lamina.ops.OptimizerOp;

/**
 * What an optimizer does to the elements of a weight, in {@code float}: the arithmetic of {@link OptimizerOp}'s
 * definitions in its order, so that the bits are the same. Blocks: the weight, the gradient, the slots.
 */
final class FloatUpdates {
    private FloatUpdates() {}

    /** {@code w -= w * decay * rate}, unless the decay is 0. */
    static void decay(float[] w, float decay, float rate, int n) {
        if (decay != 0) {
            for (int i = 0; i < n; i++) {
                w[i] = w[i] - w[i] * decay * rate;
            }
        }
    }

    static void apply(OptimizerOp.Rule op, Block[] blocks, float step, int n) {
        float[] w = blocks[0].floats;
        float[] g = blocks[1].floats;
        switch (op) {
            case OptimizerOp.Sgd sgd when sgd.slots() == 0 -> descend(w, g, step, n);
            case OptimizerOp.Sgd sgd -> sgd(sgd, w, g, blocks[2].floats, step, n);
            case OptimizerOp.Adam adam -> adam(adam, w, g, blocks, step, n);
            case OptimizerOp.RmsProp prop -> rmsProp(prop, w, g, blocks, step, n);
        }
    }

    private static void descend(float[] w, float[] g, float rate, int n) {
        for (int i = 0; i < n; i++) {
            w[i] = w[i] - g[i] * rate;
        }
    }

    private static void sgd(OptimizerOp.Sgd op, float[] w, float[] g, float[] v, float rate, int n) {
        float momentum = (float) op.momentum();
        for (int i = 0; i < n; i++) {
            v[i] = v[i] * momentum - g[i] * rate;
        }
        if (op.nesterov()) {
            for (int i = 0; i < n; i++) {
                w[i] = w[i] + (v[i] * momentum - g[i] * rate);
            }
        } else {
            for (int i = 0; i < n; i++) {
                w[i] = w[i] + v[i];
            }
        }
    }

    private static void adam(OptimizerOp.Adam op, float[] w, float[] g, Block[] blocks, float step, int n) {
        float[] m = blocks[2].floats;
        float[] v = blocks[3].floats;
        float first = (float) (1 - op.beta1());
        float second = (float) (1 - op.beta2());
        float epsilon = (float) op.epsilon();
        if (!op.amsgrad()) {
            for (int i = 0; i < n; i++) {
                m[i] = m[i] + (g[i] - m[i]) * first;
                v[i] = v[i] + (g[i] * g[i] - v[i]) * second;
                w[i] = w[i] - m[i] * step / ((float) Math.sqrt(v[i]) + epsilon);
            }
            return;
        }
        float[] most = blocks[4].floats;
        for (int i = 0; i < n; i++) {
            m[i] = m[i] + (g[i] - m[i]) * first;
            v[i] = v[i] + (g[i] * g[i] - v[i]) * second;
        }
        for (int i = 0; i < n; i++) {
            most[i] = Math.max(most[i], v[i]);
        }
        for (int i = 0; i < n; i++) {
            w[i] = w[i] - m[i] * step / ((float) Math.sqrt(most[i]) + epsilon);
        }
    }

    private static void rmsProp(OptimizerOp.RmsProp op, float[] w, float[] g, Block[] blocks, float rate, int n) {
        float[] v = blocks[2].floats;
        float kept = (float) op.rho();
        float added = (float) (1 - op.rho());
        float epsilon = (float) op.epsilon();
        for (int i = 0; i < n; i++) {
            v[i] = v[i] * kept + g[i] * g[i] * added;
        }
        float[] change = g;
        if (op.centered()) {
            float[] mean = blocks[1 + op.slots()].floats;
            for (int i = 0; i < n; i++) {
                mean[i] = mean[i] * kept + g[i] * added;
                change[i] = g[i] * rate / (float) Math.sqrt(v[i] - mean[i] * mean[i] + epsilon);
            }
        } else {
            for (int i = 0; i < n; i++) {
                change[i] = g[i] * rate / (float) Math.sqrt(v[i] + epsilon);
            }
        }
        if (op.hasMomentum()) {
            float[] moved = blocks[3].floats;
            float momentum = (float) op.momentum();
            for (int i = 0; i < n; i++) {
                moved[i] = moved[i] * momentum + g[i];
            }
            change = moved;
        }
        for (int i = 0; i < n; i++) {
            w[i] = w[i] - change[i];
        }
    }
}
