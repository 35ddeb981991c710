package peers;

import java.util.Random;

/** Batches of standard normal inputs and real label shapes, from one fixed seed. */
public final class Data {
    public final int batch, inputs, outputs;
    public final float[][] x; // [pool][batch*inputs], row-major
    public final int[][] labels; // [pool][batch], classification
    public final float[][] oneHot; // [pool][batch*outputs]
    public final float[][] target; // [pool][batch*outputs], regression

    public Data(Case c) {
        Random r = new Random(42);
        batch = c.batch();
        inputs = c.inputs();
        outputs = c.outputs();
        x = new float[c.pool()][batch * inputs];
        labels = new int[c.pool()][batch];
        oneHot = new float[c.pool()][batch * outputs];
        target = new float[c.pool()][batch * outputs];
        for (int p = 0; p < c.pool(); p++) {
            for (int i = 0; i < x[p].length; i++) x[p][i] = (float) r.nextGaussian();
            for (int i = 0; i < batch; i++) {
                labels[p][i] = r.nextInt(outputs);
                oneHot[p][i * outputs + labels[p][i]] = 1f;
            }
            for (int i = 0; i < target[p].length; i++) target[p][i] = (float) r.nextGaussian();
        }
    }
}
