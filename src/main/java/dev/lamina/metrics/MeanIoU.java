package dev.lamina.metrics;

import dev.lamina.config.Config;
import java.util.Map;

/** The intersection over union of labels, {@code tp / (tp + fp + fn)}, averaged over all classes that occur. */
public final class MeanIoU extends IntersectionOverUnion {
    /** Counted in whole numbers. */
    public MeanIoU(int numClasses) {
        this(IoUOptions.of(numClasses), WHOLE);
    }

    /** @param options with a floating-point type if weights are not whole */
    public MeanIoU(IoUOptions classes, MetricOptions options) {
        super(options.withDefaultName("mean_io_u"), classes, all(classes.numClasses()));
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = classConfig();
        config.put("sparse_y_true", sparseYTrue());
        return config;
    }

    static MeanIoU fromConfig(Config config) {
        return new MeanIoU(IoUOptions.read(config, IoUOptions.of(1)), MetricOptions.fromConfig(config, WHOLE.dtype()));
    }
}
