package dev.lamina.backend.cpu;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Adds a bias to the rows of a float32 matrix, in place, and cuts off what is below 0 where asked to. */
final class BiasEpilogue implements Gemm.Epilogue {
    private final MemorySegment y;
    private final MemorySegment bias;
    private final int columns;
    private final boolean relu;
    private final boolean natively;

    BiasEpilogue(Operand y, Operand bias, boolean relu, boolean natively) {
        this.y = CpuBuffer.data(y);
        this.bias = CpuBuffer.data(bias);
        this.columns = Math.toIntExact(bias.shape().elements());
        this.relu = relu;
        this.natively = natively;
    }

    @Override
    public Optional<Products.Epilogue> inProduct() {
        return Optional.of(new Products.Epilogue(Products.After.ADD_ROW, bias, relu));
    }

    @Override
    public void run(int part, long from, long to) {
        if (natively) {
            Loops.addRow(y, bias, from, to, relu);
            return;
        }
        Scratch scratch = Scratch.current();
        float[] values = scratch.block(0).floats;
        Block tile = scratch.block(1);
        float[] rest = scratch.block(2).floats;
        int period = columns * Math.max(1, Scratch.SIZE / columns);
        boolean tiled = columns <= Scratch.SIZE && to - from > columns;
        if (tiled) {
            Transfer.load(bias, DType.FLOAT32, 0, tile.floats, 0, columns);
            tile.repeat(Lane.FLOAT, columns, period);
        }
        for (long at = from; at < to; ) {
            int column = (int) (at % columns);
            int n;
            float[] terms;
            if (tiled && column == 0) {
                n = (int) Math.min(period, to - at);
                terms = tile.floats;
            } else {
                n = (int) Math.min(Math.min(columns - column, Scratch.SIZE), to - at);
                Transfer.load(bias, DType.FLOAT32, column, rest, 0, n);
                terms = rest;
            }
            Transfer.load(y, DType.FLOAT32, at, values, 0, n);
            if (relu) {
                addAndCut(values, terms, n);
            } else {
                add(values, terms, n);
            }
            Transfer.store(values, 0, y, DType.FLOAT32, at, n);
            at += n;
        }
    }

    private static void add(float[] y, float[] x, int n) {
        for (int i = 0; i < n; i++) {
            y[i] += x[i];
        }
    }

    private static void addAndCut(float[] y, float[] x, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = Math.max(y[i] + x[i], 0f);
        }
    }
}
