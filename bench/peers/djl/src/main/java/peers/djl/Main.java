package peers.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import peers.Bench;
import peers.Case;
import peers.Data;
import peers.Peer;

/** Deep Java Library on its PyTorch CPU engine: DJL's own blocks, Trainer, loss and optimizers. */
public final class Main implements Peer {

    public static void main(String[] args) throws Exception {
        Bench.main(new Main(), args);
    }

    private int threads = 2;

    @Override
    public String name() {
        return "djl-pytorch";
    }

    @Override
    public String version() {
        return "DJL " + Bench.jarVersion(Engine.class) + " libtorch "
                + Engine.getEngine("PyTorch").getVersion();
    }

    @Override
    public void threads(int n) {
        threads = n;
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("ai.djl.pytorch.num_threads", String.valueOf(n)); // intra-op
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
        Engine.getEngine("PyTorch");
    }

    private static Block block(Case c) {
        SequentialBlock s = new SequentialBlock();
        if (c.cnn()) {
            return s.add(Conv2d.builder()
                            .setKernelShape(new Shape(3, 3))
                            .setFilters(32)
                            .build())
                    .add(Activation::relu)
                    .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
                    .add(Conv2d.builder()
                            .setKernelShape(new Shape(3, 3))
                            .setFilters(64)
                            .build())
                    .add(Activation::relu)
                    .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
                    .add(Blocks.batchFlattenBlock())
                    .add(Linear.builder().setUnits(128).build())
                    .add(Activation::relu)
                    .add(Linear.builder().setUnits(c.outputs()).build());
        }
        for (int i = 1; i < c.dims().length; i++) {
            s.add(Linear.builder().setUnits(c.dims()[i]).build());
            if (i + 1 < c.dims().length) s.add(Activation::relu);
        }
        return s;
    }

    @Override
    public peers.Model build(Case c, Data d) {
        Model model = Model.newInstance(c.name(), Device.cpu(), "PyTorch");
        model.setBlock(block(c));
        Shape in = c.cnn() ? new Shape(c.batch(), 1, 28, 28) : new Shape(c.batch(), c.inputs());
        if (c.predict()) return predictor(model, in);
        Loss loss = c.classify() ? Loss.softmaxCrossEntropyLoss() : Loss.l2Loss("l2", 1f);
        Optimizer opt = c.adam()
                ? Optimizer.adam()
                        .optLearningRateTracker(Tracker.fixed(c.rate()))
                        .build()
                : Optimizer.sgd()
                        .setLearningRateTracker(Tracker.fixed(c.rate()))
                        .build();
        Trainer trainer = model.newTrainer(
                new DefaultTrainingConfig(loss).optOptimizer(opt).optDevices(new Device[] {Device.cpu()}));
        trainer.initialize(in);
        NDManager root = model.getNDManager().newSubManager();
        NDArray[] x = new NDArray[c.pool()], y = new NDArray[c.pool()];
        for (int i = 0; i < c.pool(); i++) {
            x[i] = root.create(d.x[i], in);
            y[i] = c.classify()
                    ? root.create(d.labels[i]).toType(DataType.INT64, false)
                    : root.create(d.target[i], new Shape(c.batch(), c.outputs()));
        }
        return new peers.Model() {
            @Override
            public float step(int i, boolean wantLoss) {
                try (NDManager m = root.newSubManager()) {
                    float v = 0;
                    m.tempAttachAll(x[i], y[i]); // results live in m and go with it; the batch itself returns to root
                    NDList data = new NDList(x[i]), label = new NDList(y[i]);
                    try (GradientCollector gc = trainer.newGradientCollector()) {
                        NDList out = trainer.forward(data);
                        NDArray l = loss.evaluate(label, out);
                        gc.backward(l);
                        if (wantLoss) v = l.getFloat();
                    }
                    trainer.step();
                    return v;
                }
            }

            @Override
            public void predict(float[] in, int rows, float[] out) {
                throw new UnsupportedOperationException();
            }
        };
    }

    /** Inference only: frozen parameters, so that libtorch records no graph. */
    private static peers.Model predictor(Model model, Shape in) {
        Block block = model.getBlock();
        block.freezeParameters(true);
        block.initialize(model.getNDManager(), DataType.FLOAT32, in);
        ParameterStore ps = new ParameterStore(model.getNDManager(), false);
        NDManager root = model.getNDManager().newSubManager();
        return new peers.Model() {
            @Override
            public float step(int i, boolean wantLoss) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void predict(float[] x, int rows, float[] out) {
                try (NDManager m = root.newSubManager()) {
                    NDArray a = m.create(x, in);
                    float[] r = block.forward(ps, new NDList(a), false)
                            .singletonOrThrow()
                            .toFloatArray();
                    System.arraycopy(r, 0, out, 0, r.length);
                }
            }

            @Override
            public void close() {
                model.close();
            } // also keeps the model reachable: its finalizer frees the weights
        };
    }
}
