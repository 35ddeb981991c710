package dev.lamina.callbacks;

import java.util.OptionalDouble;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends the training when the loss is NaN or infinite. Reads the loss of every batch, and so waits for the device. */
public final class TerminateOnNaN implements Callback {
    private static final Logger LOG = LoggerFactory.getLogger(TerminateOnNaN.class);

    @Override
    public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
        OptionalDouble loss = logs.get("loss");
        if (loss.isPresent() && !Double.isFinite(loss.getAsDouble())) {
            LOG.warn("Batch {}: the loss is {}, terminating training", step, loss.getAsDouble());
            training.stopTraining();
        }
    }
}
