package dev.lamina.layers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Reorders the axes behind the batch axis: axis {@code i} of the output is axis {@code dims[i - 1]} of the input. */
public final class Permute extends Layer {
    private final List<Integer> dims;

    /** @param dims each axis once, from 1 on: {@code new Permute(2, 1)} swaps the two behind the batch axis */
    public Permute(int... dims) {
        this(dims, LayerOptions.DEFAULT);
    }

    public Permute(int[] dims, LayerOptions options) {
        super(options);
        int[] sorted = Arrays.stream(dims).sorted().toArray();
        if (!Arrays.equals(sorted, IntStream.rangeClosed(1, dims.length).toArray())) {
            throw new IllegalArgumentException("[" + name() + "] expected each axis from 1 to " + dims.length
                    + " once; received " + Arrays.toString(dims) + ".");
        }
        this.dims = Arrays.stream(dims).boxed().toList();
    }

    @Override
    protected InputSpec inputSpec() {
        return InputSpec.ofRank(dims.size() + 1);
    }

    @Override
    protected Tensor call(Tensor x) {
        return Ops.transpose(
                x,
                IntStream.concat(IntStream.of(0), dims.stream().mapToInt(Integer::intValue))
                        .toArray());
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("dims", dims);
        return config;
    }

    static Permute fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries, config -> new Permute(config.integers("dims"), LayerOptions.fromConfig(config)));
    }
}
