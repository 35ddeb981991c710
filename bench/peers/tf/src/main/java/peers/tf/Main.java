package peers.tf;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.TensorFlow;
import org.tensorflow.framework.optimizers.Adam;
import org.tensorflow.framework.optimizers.GradientDescent;
import org.tensorflow.framework.optimizers.Optimizer;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import peers.Bench;
import peers.Case;
import peers.Data;
import peers.Model;
import peers.Peer;

/** TensorFlow Java in graph mode: its gradients API through tensorflow-framework's optimizers, and a Session. */
public final class Main implements Peer {

    public static void main(String[] args) throws Exception {
        Bench.main(new Main(), args);
    }

    private int threads = 2;

    @Override
    public String name() {
        return "tensorflow-java";
    }

    @Override
    public String version() {
        return "TF-Java " + Bench.jarVersion(Graph.class) + " framework " + Bench.jarVersion(Adam.class)
                + " TensorFlow " + TensorFlow.version();
    }

    @Override
    public void threads(int n) {
        threads = n;
    }

    private static final class Net {
        final Ops tf;
        final List<Op> init = new ArrayList<>();
        long seed = 1;

        Net(Ops tf) {
            this.tf = tf;
        }

        Variable<TFloat32> weight(double scale, long... dims) {
            Variable<TFloat32> v = tf.variable(Shape.of(dims), TFloat32.class);
            Operand<TFloat32> r = tf.random.truncatedNormal(
                    tf.constant(dims), TFloat32.class, org.tensorflow.op.random.TruncatedNormal.seed(seed++));
            init.add(tf.assign(v, tf.math.mul(r, tf.constant((float) scale))));
            return v;
        }

        Variable<TFloat32> bias(long n) {
            Variable<TFloat32> v = tf.variable(Shape.of(n), TFloat32.class);
            init.add(tf.assign(v, tf.zeros(tf.constant(new long[] {n}), TFloat32.class)));
            return v;
        }

        Operand<TFloat32> dense(Operand<TFloat32> x, int in, int out, boolean relu) {
            Operand<TFloat32> y = tf.nn.biasAdd(tf.linalg.matMul(x, weight(Math.sqrt(2.0 / in), in, out)), bias(out));
            return relu ? tf.nn.relu(y) : y;
        }

        Operand<TFloat32> conv(Operand<TFloat32> x, int in, int out) {
            Operand<TFloat32> y =
                    tf.nn.conv2d(x, weight(Math.sqrt(2.0 / (9 * in)), 3, 3, in, out), List.of(1L, 1L, 1L, 1L), "VALID");
            y = tf.nn.relu(tf.nn.biasAdd(y, bias(out)));
            return tf.nn.maxPool(y, tf.constant(new int[] {1, 2, 2, 1}), tf.constant(new int[] {1, 2, 2, 1}), "VALID");
        }

        Operand<TFloat32> logits(Case c, Operand<TFloat32> x) {
            if (c.cnn()) { // NHWC: the only layout of TensorFlow's CPU convolutions
                Operand<TFloat32> h = tf.reshape(x, tf.constant(new int[] {-1, 28, 28, 1}));
                h = conv(conv(h, 1, 32), 32, 64);
                h = tf.reshape(h, tf.constant(new int[] {-1, 1600}));
                return dense(dense(h, 1600, 128, true), 128, c.outputs(), false);
            }
            Operand<TFloat32> h = x;
            for (int i = 1; i < c.dims().length; i++)
                h = dense(h, c.dims()[i - 1], c.dims()[i], i + 1 < c.dims().length);
            return h;
        }
    }

    private static TFloat32 tensor(float[] v, long... dims) {
        return TFloat32.tensorOf(Shape.of(dims), DataBuffers.of(v, true, false));
    }

    @Override
    public Model build(Case c, Data d) {
        Graph g = new Graph();
        Ops tf = Ops.create(g);
        Net net = new Net(tf);
        Placeholder<TFloat32> x = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, c.inputs())));
        Operand<TFloat32> logits = net.logits(c, x);
        Op train = null;
        Operand<TFloat32> loss = null;
        Placeholder<TFloat32> y = null;
        if (!c.predict()) {
            y = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, c.outputs())));
            loss = c.classify() // one-hot: the sparse op has no gradient in TensorFlow's C API
                    ? tf.math.mean(
                            tf.nn.softmaxCrossEntropyWithLogits(logits, y).loss(), tf.constant(0))
                    : tf.math.mean(tf.math.square(tf.math.sub(logits, y)), tf.constant(new int[] {0, 1}));
            Optimizer opt = c.adam() ? new Adam(g, c.rate()) : new GradientDescent(g, c.rate());
            train = opt.minimize(loss);
        }
        ConfigProto cfg = ConfigProto.newBuilder()
                .setIntraOpParallelismThreads(threads)
                .setInterOpParallelismThreads(Integer.getInteger("tf.interop", 1))
                .build();
        Session s = new Session(g, cfg);
        Session.Runner init = s.runner();
        for (Op o : net.init) init.addTarget(o);
        init.run().close();
        if (train != null) s.initialize(); // the optimizer's own slots

        TFloat32[] xs = new TFloat32[c.pool()];
        TFloat32[] ys = new TFloat32[c.pool()];
        for (int i = 0; i < c.pool(); i++) {
            xs[i] = tensor(d.x[i], c.batch(), c.inputs());
            ys[i] = tensor(c.classify() ? d.oneHot[i] : d.target[i], c.batch(), c.outputs());
        }
        Op trainOp = train;
        Operand<TFloat32> lossOp = loss;
        Placeholder<TFloat32> label = y;
        return new Model() {
            @Override
            public float step(int i, boolean wantLoss) {
                Session.Runner r = s.runner()
                        .feed(x.output(), xs[i])
                        .feed(label.output(), ys[i])
                        .addTarget(trainOp);
                if (wantLoss) r.fetch(lossOp);
                try (Result out = r.run()) {
                    return wantLoss ? ((TFloat32) out.get(0)).getFloat() : 0;
                }
            }

            @Override
            public void predict(float[] in, int rows, float[] out) {
                try (TFloat32 t = tensor(in, rows, c.inputs());
                        Result r = s.runner().feed(x.output(), t).fetch(logits).run()) {
                    ((TFloat32) r.get(0)).asRawTensor().data().asFloats().read(out);
                }
            }
        };
    }
}
