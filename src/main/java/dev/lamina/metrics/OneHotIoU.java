package dev.lamina.metrics;

import dev.lamina.config.Config;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The intersection over union of one-hot targets and rows of scores, averaged over the target classes that occur. */
public final class OneHotIoU extends IntersectionOverUnion {
    /** Counted in whole numbers. */
    public OneHotIoU(int numClasses, List<Integer> targetClassIds) {
        this(IoUOptions.oneHot(numClasses), targetClassIds, WHOLE);
    }

    /** @param options with a floating-point type if weights are not whole */
    public OneHotIoU(IoUOptions classes, List<Integer> targetClassIds, MetricOptions options) {
        super(options.withDefaultName("one_hot_io_u"), classes.withSparseYTrue(false), targetClassIds);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = classConfig();
        config.put("target_class_ids", targetClassIds());
        return config;
    }

    static OneHotIoU fromConfig(Config config) {
        return new OneHotIoU(
                IoUOptions.read(config, IoUOptions.oneHot(1)),
                Arrays.stream(config.integers("target_class_ids")).boxed().toList(),
                MetricOptions.fromConfig(config, WHOLE.dtype()));
    }
}
