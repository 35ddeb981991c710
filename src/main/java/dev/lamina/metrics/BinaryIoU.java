package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The intersection over union of labels 0 and 1, predictions of at least a threshold being 1. */
public final class BinaryIoU extends IntersectionOverUnion {
    private final double threshold;

    /** Of both classes; threshold one half. */
    public BinaryIoU() {
        this(List.of(0, 1), 0.5, WHOLE);
    }

    /** @param options with a floating-point type if weights are not whole */
    public BinaryIoU(List<Integer> targetClassIds, double threshold, MetricOptions options) {
        super(options.withDefaultName("binary_io_u"), IoUOptions.of(2), targetClassIds);
        this.threshold = threshold;
    }

    @Override
    Tensor labelsOf(Tensor prediction) {
        Tensor values = Ops.cast(prediction, DType.FLOAT32);
        return Ops.cast(Ops.greaterEqual(values, threshold), DType.INT32);
    }

    @Override
    public Map<String, Object> config() {
        return configWith("target_class_ids", targetClassIds(), "threshold", threshold);
    }

    static BinaryIoU fromConfig(Config config) {
        return new BinaryIoU(
                Arrays.stream(config.integers("target_class_ids", 0, 1)).boxed().toList(),
                config.number("threshold", 0.5),
                MetricOptions.fromConfig(config, WHOLE.dtype()));
    }
}
