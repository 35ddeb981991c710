package dev.lamina.metrics;

import dev.lamina.config.Config;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The intersection over union of labels, {@code tp / (tp + fp + fn)}, averaged over the target classes that occur. */
public final class IoU extends IntersectionOverUnion {
    /** Counted in whole numbers. */
    public IoU(int numClasses, List<Integer> targetClassIds) {
        this(IoUOptions.of(numClasses), targetClassIds, WHOLE);
    }

    /** @param options with a floating-point type if weights are not whole */
    public IoU(IoUOptions classes, List<Integer> targetClassIds, MetricOptions options) {
        super(options.withDefaultName("io_u"), classes, targetClassIds);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = classConfig();
        config.put("target_class_ids", targetClassIds());
        config.put("sparse_y_true", sparseYTrue());
        return config;
    }

    static IoU fromConfig(Config config) {
        return new IoU(
                IoUOptions.read(config, IoUOptions.of(1)),
                Arrays.stream(config.integers("target_class_ids")).boxed().toList(),
                MetricOptions.fromConfig(config, WHOLE.dtype()));
    }
}
