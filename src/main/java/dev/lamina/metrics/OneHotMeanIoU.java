package dev.lamina.metrics;

import dev.lamina.config.Config;
import java.util.Map;

/** The intersection over union of one-hot targets and rows of scores, averaged over all classes that occur. */
public final class OneHotMeanIoU extends IntersectionOverUnion {
    /** Counted in whole numbers. */
    public OneHotMeanIoU(int numClasses) {
        this(IoUOptions.oneHot(numClasses), WHOLE);
    }

    /** @param options with a floating-point type if weights are not whole */
    public OneHotMeanIoU(IoUOptions classes, MetricOptions options) {
        super(options.withDefaultName("one_hot_mean_io_u"), classes.withSparseYTrue(false), all(classes.numClasses()));
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = classConfig();
        return config;
    }

    static OneHotMeanIoU fromConfig(Config config) {
        return new OneHotMeanIoU(
                IoUOptions.read(config, IoUOptions.oneHot(1)), MetricOptions.fromConfig(config, WHOLE.dtype()));
    }
}
