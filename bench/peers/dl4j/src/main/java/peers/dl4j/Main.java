package peers.dl4j;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import peers.Bench;
import peers.Case;
import peers.Data;
import peers.Model;
import peers.Peer;

/** Deeplearning4j's MultiLayerNetwork on nd4j-native. */
public final class Main implements Peer {

    public static void main(String[] args) throws Exception {
        Bench.main(new Main(), args);
    }

    @Override
    public String name() {
        return "dl4j";
    }

    @Override
    public String version() {
        return "DL4J " + Bench.jarVersion(MultiLayerNetwork.class) + " nd4j-native " + nativeVariant();
    }

    /** Which of nd4j-native's builds was really loaded: the transitive plain one is on the class path too. */
    private static String nativeVariant() {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(l -> l.endsWith("libnd4jcpu.so"))
                    .map(l -> l.replaceAll(".*bindings/([^/]*)/.*", "$1"))
                    .findFirst()
                    .orElse("?");
        } catch (IOException e) {
            return "?";
        }
    }

    @Override
    public void threads(int n) {
        if (!String.valueOf(n).equals(System.getenv("OMP_NUM_THREADS")))
            throw new UnsupportedOperationException("start with OMP_NUM_THREADS=" + n);
        Nd4j.getMemoryManager()
                .togglePeriodicGc(false); // workspaces are on by default: the periodic System.gc() only costs
    }

    @Override
    public Model build(Case c, Data d) {
        NeuralNetConfiguration.ListBuilder b = new NeuralNetConfiguration.Builder()
                .seed(1)
                .weightInit(WeightInit.RELU)
                .updater(c.adam() ? new Adam(c.rate()) : new Sgd(c.rate()))
                .list();
        OutputLayer out = (c.classify()
                        ? new OutputLayer.Builder(LossFunction.MCXENT).activation(Activation.SOFTMAX)
                        : new OutputLayer.Builder(LossFunction.MSE).activation(Activation.IDENTITY))
                .nOut(c.outputs())
                .build();
        if (c.cnn()) {
            b.layer(new ConvolutionLayer.Builder(3, 3)
                    .nOut(32)
                    .activation(Activation.RELU)
                    .build());
            b.layer(new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                    .kernelSize(2, 2)
                    .stride(2, 2)
                    .build());
            b.layer(new ConvolutionLayer.Builder(3, 3)
                    .nOut(64)
                    .activation(Activation.RELU)
                    .build());
            b.layer(new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                    .kernelSize(2, 2)
                    .stride(2, 2)
                    .build());
            b.layer(new DenseLayer.Builder()
                    .nOut(128)
                    .activation(Activation.RELU)
                    .build());
            b.layer(out).setInputType(InputType.convolutional(28, 28, 1));
        } else {
            for (int i = 1; i + 1 < c.dims().length; i++)
                b.layer(new DenseLayer.Builder()
                        .nOut(c.dims()[i])
                        .activation(Activation.RELU)
                        .build());
            b.layer(out).setInputType(InputType.feedForward(c.inputs()));
        }
        MultiLayerConfiguration conf = b.build();
        MultiLayerNetwork net = new MultiLayerNetwork(conf);
        net.init();
        INDArray[] x = new INDArray[c.pool()], y = new INDArray[c.pool()];
        for (int i = 0; i < c.pool(); i++) {
            x[i] = input(c, d.x[i], c.batch());
            y[i] = Nd4j.createFromArray(c.classify() ? d.oneHot[i] : d.target[i])
                    .reshape(c.batch(), c.outputs());
        }
        return new Model() {
            @Override
            public float step(int i, boolean wantLoss) {
                net.fit(x[i], y[i]);
                return wantLoss ? (float) net.score() : 0;
            }

            @Override
            public void predict(float[] in, int rows, float[] out) {
                try (INDArray a = input(c, in, rows);
                        INDArray r = net.output(a, false)) {
                    r.data().asNioFloat().get(out);
                }
            }
        };
    }

    private static INDArray input(Case c, float[] v, int rows) {
        INDArray a = Nd4j.createFromArray(v);
        return c.cnn() ? a.reshape(rows, 1, 28, 28) : a.reshape(rows, c.inputs());
    }
}
