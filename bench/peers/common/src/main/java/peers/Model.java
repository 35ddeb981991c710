package peers;

/** A built model of one peer. Not timed: building it and turning the pool of batches into the peer's own tensors. */
public interface Model extends AutoCloseable {

    /**
     * One whole optimisation step on batch {@code i} of the pool: forward, loss, backward, update. Returns the loss
     * where {@code wantLoss}, anything otherwise (timed steps never ask for it).
     */
    float step(int i, boolean wantLoss);

    /**
     * Forward only, inference mode, from a host array to a host array: {@code rows} rows in, logits (or probabilities)
     * out.
     */
    void predict(float[] x, int rows, float[] out);

    /** Waits for whatever step() left queued (asynchronous backends); called inside the timed span. */
    default void sync() {}

    @Override
    default void close() {}
}
