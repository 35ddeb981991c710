package dev.lamina.backend.cpu;

import dev.lamina.ops.OptimizerOp;

/**
 * What an optimizer does to the elements of a weight, in {@code double}: the arithmetic of {@link OptimizerOp}'s
 * definitions in its order, so that the bits are the same. Blocks: the weight, the gradient, the slots.
 */
final class DoubleUpdates {
    private DoubleUpdates() {}

    /** {@code w -= w * decay * rate}, unless the decay is 0. */
    static void decay(double[] w, double decay, double rate, int n) {
        if (decay != 0) {
            for (int i = 0; i < n; i++) {
                w[i] = w[i] - w[i] * decay * rate;
            }
        }
    }

    static void apply(OptimizerOp.Rule op, Block[] blocks, double step, int n) {
        double[] w = blocks[0].doubles;
        double[] g = blocks[1].doubles;
        switch (op) {
            case OptimizerOp.Sgd sgd when sgd.slots() == 0 -> descend(w, g, step, n);
            case OptimizerOp.Sgd sgd -> sgd(sgd, w, g, blocks[2].doubles, step, n);
            case OptimizerOp.Adam adam -> adam(adam, w, g, blocks, step, n);
            case OptimizerOp.RmsProp prop -> rmsProp(prop, w, g, blocks, step, n);
        }
    }

    private static void descend(double[] w, double[] g, double rate, int n) {
        for (int i = 0; i < n; i++) {
            w[i] = w[i] - g[i] * rate;
        }
    }

    private static void sgd(OptimizerOp.Sgd op, double[] w, double[] g, double[] v, double rate, int n) {
        double momentum = op.momentum();
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

    private static void adam(OptimizerOp.Adam op, double[] w, double[] g, Block[] blocks, double step, int n) {
        double[] m = blocks[2].doubles;
        double[] v = blocks[3].doubles;
        double first = 1 - op.beta1();
        double second = 1 - op.beta2();
        double epsilon = op.epsilon();
        for (int i = 0; i < n; i++) {
            m[i] = m[i] + (g[i] - m[i]) * first;
            v[i] = v[i] + (g[i] * g[i] - v[i]) * second;
        }
        double[] spread = v;
        if (op.amsgrad()) {
            spread = blocks[4].doubles;
            for (int i = 0; i < n; i++) {
                spread[i] = Math.max(spread[i], v[i]);
            }
        }
        for (int i = 0; i < n; i++) {
            w[i] = w[i] - m[i] * step / (Math.sqrt(spread[i]) + epsilon);
        }
    }

    private static void rmsProp(OptimizerOp.RmsProp op, double[] w, double[] g, Block[] blocks, double rate, int n) {
        double[] v = blocks[2].doubles;
        double kept = op.rho();
        double added = 1 - op.rho();
        double epsilon = op.epsilon();
        for (int i = 0; i < n; i++) {
            v[i] = v[i] * kept + g[i] * g[i] * added;
        }
        double[] change = g;
        if (op.centered()) {
            double[] mean = blocks[1 + op.slots()].doubles;
            for (int i = 0; i < n; i++) {
                mean[i] = mean[i] * kept + g[i] * added;
                change[i] = g[i] * rate / Math.sqrt(v[i] - mean[i] * mean[i] + epsilon);
            }
        } else {
            for (int i = 0; i < n; i++) {
                change[i] = g[i] * rate / Math.sqrt(v[i] + epsilon);
            }
        }
        if (op.hasMomentum()) {
            double[] moved = blocks[3].doubles;
            double momentum = op.momentum();
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
