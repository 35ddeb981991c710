package dev.lamina.models;

import dev.lamina.graph.Plan;
import java.util.Locale;

/**
 * The device memory that a model takes with batches of one size, known before it is allocated; in bytes. Samples that
 * {@code fit} leaves on a device come on top.
 *
 * @param batch the samples of a batch
 * @param weights the weights, and the states of random generators
 * @param optimizer the optimizer's variables
 * @param metrics the states of the loss and the metrics
 * @param inputs a batch's inputs, targets and sample weights
 * @param gradients as much as the trained weights
 * @param activations all other values of a step, which share memory one after the other
 * @param workspace scratch memory of the ops
 * @param tables what ops keep for themselves, such as the addresses of all weights
 * @param allocated how much of these is allocated already
 * @param available what the device has left now
 * @param largestBatch the most samples of a batch that fit; 0 if not even one does
 * @param step what one step does
 * @param execution how the device would run it
 */
public record MemoryPlan(
        int batch,
        long weights,
        long optimizer,
        long metrics,
        long inputs,
        long gradients,
        long activations,
        long workspace,
        long tables,
        long allocated,
        long available,
        int largestBatch,
        Plan step,
        String execution) {

    /** All of it. */
    public long total() {
        return weights + optimizer + metrics + inputs + gradients + activations + workspace + tables;
    }

    /** Whether what is not allocated yet fits into what the device has left. */
    public boolean fits() {
        return total() - allocated <= available;
    }

    /** A table. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder(fits() ? "fits" : "does not fit")
                .append(": batches of ")
                .append(batch)
                .append('\n');
        line(out, "weights", weights);
        line(out, "optimizer", optimizer);
        line(out, "metrics", metrics);
        line(out, "inputs", inputs);
        line(out, "gradients", gradients);
        line(out, "activations", activations);
        line(out, "workspace", workspace);
        line(out, "tables", tables);
        line(out, "total", total());
        line(out, "allocated already", allocated);
        line(out, "available", available);
        return out.append(String.format(
                        Locale.ROOT,
                        "largest batch      %d%none step           %d ops, %.3g GFLOP, %.3g GB read and written",
                        largestBatch,
                        step.steps().size(),
                        step.cost().flops() / 1e9,
                        step.cost().bytes() / 1e9))
                .append(String.format(Locale.ROOT, "%nexecution          %s", execution))
                .toString();
    }

    private static void line(StringBuilder out, String name, long bytes) {
        out.append(String.format(Locale.ROOT, "%-18s %,d bytes%n", name, bytes));
    }
}
