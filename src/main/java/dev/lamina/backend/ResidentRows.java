package dev.lamina.backend;

import dev.lamina.tensor.Operand;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/**
 * Samples that lie on the device, and the order in which steps take them ({@link Executable#run(ResidentRows, int,
 * int)}). The order may change between runs; the memory is the same as long as this object is used, and its owner's.
 *
 * <p>Where the next step begins can be kept on the device, in {@link #place}, for steps that advance it themselves.
 * What the host knows of it is kept here, so that steps of several executables can go on from each other.
 */
public final class ResidentRows {
    private static final int UNKNOWN = -1;

    private final List<Operand> tables;
    private final Optional<Operand> order;
    private final Operand place;
    private int known = UNKNOWN;

    /**
     * @param tables for each input of a step all samples, along the first axis
     * @param order the numbers of the samples in the order in which they are taken, int32; without it, their own order
     * @param place room for one int32
     */
    public ResidentRows(List<Operand> tables, Optional<Operand> order, Operand place) {
        this.tables = List.copyOf(tables);
        this.order = order;
        this.place = place;
    }

    public List<Operand> tables() {
        return tables;
    }

    public Optional<Operand> order() {
        return order;
    }

    /** Where the device keeps the place of the next step's first sample, if it was put there. */
    public Operand place() {
        return place;
    }

    /** Whether {@link #place} holds that number once all work issued so far is done. */
    public boolean standsAt(int at) {
        return known == at;
    }

    /** To be called before anything changes {@link #place}. */
    public void leave() {
        known = UNKNOWN;
    }

    /** To be called when work has been issued that leaves this number in {@link #place}. */
    public void arriveAt(int at) {
        known = at;
    }

    /** Checks that there are so many samples from a place on, for an executable of these inputs. */
    void check(List<Operand> inputs, int from, int steps) {
        if (tables.size() != inputs.size()) {
            throw new IllegalArgumentException("[step] expected a table for each of " + inputs.size()
                    + " inputs; received " + tables.size() + ".");
        }
        for (int i = 0; i < inputs.size(); i++) {
            TensorSpec table = tables.get(i).spec();
            TensorSpec input = inputs.get(i).spec();
            if (table.shape().rank() == 0
                    || input.shape().rank() == 0
                    || !new TensorSpec(table.shape().withSize(0, input.shape().size(0)), table.dtype()).equals(input)) {
                throw new IllegalArgumentException(
                        "[step] expected rows of " + input + " for input " + i + "; received a table " + table + ".");
            }
            if (input.shape().size(0) != inputs.get(0).shape().size(0)) {
                throw new IllegalArgumentException("[step] expected as many samples in each input; received "
                        + inputs.get(0).spec() + " and " + input + ".");
            }
            Operand counted = order.orElse(tables.get(i));
            long rows = (long) steps * input.shape().size(0);
            if (steps < 0 || from < 0 || from + rows > counted.shape().size(0)) {
                throw new IllegalArgumentException("[step] expected " + rows + " rows from the row " + from
                        + " on; received " + counted.spec() + ".");
            }
        }
    }
}
