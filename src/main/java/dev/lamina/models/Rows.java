package dev.lamina.models;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.List;
import java.util.stream.IntStream;

/** Puts the results of batches together. */
final class Rows {
    private Rows() {}

    /** The outputs of all batches: of each the arrays one after the other. */
    static List<HostArray> join(List<List<HostArray>> batches) {
        return IntStream.range(0, batches.get(0).size())
                .mapToObj(output ->
                        concat(batches.stream().map(batch -> batch.get(output)).toList()))
                .toList();
    }

    /** The arrays one after the other along their first axis. */
    static HostArray concat(List<HostArray> parts) {
        HostArray first = parts.get(0);
        if (parts.size() == 1) {
            return first;
        }
        int rows = 0;
        for (HostArray part : parts) {
            Shape shape = part.shape();
            if (shape.rank() == 0 || !shape.drop(0).equals(first.shape().drop(0))) {
                throw new ShapeException("[predict] expected outputs that differ only in the number of samples; "
                        + "received " + first.shape() + " and " + shape + " for two batches.");
            }
            rows = Math.addExact(rows, shape.size(0));
        }
        HostArray all = HostArray.zeros(first.shape().withSize(0, rows), first.dtype());
        long offset = 0;
        for (HostArray part : parts) {
            all.data().asSlice(offset, part.data().byteSize()).copyFrom(part.data());
            offset += part.data().byteSize();
        }
        return all;
    }
}
