package peers;

import java.util.List;

/** One piece of work, the same for every peer. */
public record Case(String name, Kind kind, int[] dims, int batch, boolean adam, boolean classify, int pool) {

    public enum Kind {
        TRAIN_MLP,
        TRAIN_CNN,
        PREDICT_MLP,
        PREDICT_CNN
    }

    /** dims of an MLP: input, hidden..., output. ReLU between the layers, none after the last. */
    static final int[] MLP = {784, 512, 256, 10};

    public static final List<Case> ALL = List.of(
            // (a) MLP 784-512-256-10, softmax cross-entropy, Adam(1e-3), batch 128
            new Case("mlp-b128", Kind.TRAIN_MLP, MLP, 128, true, true, 16),
            // (b) the same at batch 32
            new Case("mlp-b32", Kind.TRAIN_MLP, MLP, 32, true, true, 16),
            // (c) wide MLP, batch 256
            new Case("mlp-wide", Kind.TRAIN_MLP, new int[] {784, 4096, 4096, 10}, 256, true, true, 4),
            // (d) CNN: conv32 3x3 relu, maxpool2, conv64 3x3 relu, maxpool2, dense128 relu, dense10 (no padding)
            new Case("cnn-b64", Kind.TRAIN_CNN, new int[] {784, 10}, 64, true, true, 8),
            // (e) tiny MLP 8-32-32-1, mean squared error, plain SGD(1e-2): dominated by overhead
            new Case("tiny-b64", Kind.TRAIN_MLP, new int[] {8, 32, 32, 1}, 64, false, false, 16),
            // (f) predict() on one row through (a): latency, from float[] to float[]
            new Case("predict-1", Kind.PREDICT_MLP, MLP, 1, true, true, 16),
            // the same on a batch, and on the CNN
            new Case("predict-b128", Kind.PREDICT_MLP, MLP, 128, true, true, 8),
            new Case("predict-cnn-b64", Kind.PREDICT_CNN, new int[] {784, 10}, 64, true, true, 8));

    public static Case of(String name) {
        return ALL.stream()
                .filter(c -> c.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no case " + name));
    }

    public boolean cnn() {
        return kind == Kind.TRAIN_CNN || kind == Kind.PREDICT_CNN;
    }

    public boolean predict() {
        return kind == Kind.PREDICT_MLP || kind == Kind.PREDICT_CNN;
    }

    public int inputs() {
        return dims[0];
    }

    public int outputs() {
        return dims[dims.length - 1];
    }

    /** Learning rate: 1e-3 for Adam (beta 0.9, 0.999, eps 1e-8 or the peer's default), 1e-2 for SGD. */
    public float rate() {
        return adam ? 1e-3f : 1e-2f;
    }
}
