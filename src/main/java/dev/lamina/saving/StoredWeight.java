package dev.lamina.saving;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A weight as a file describes it.
 *
 * @param path where it is in the model, by the kinds of the layers: {@code dense_1/kernel}
 */
public record StoredWeight(String path, TensorSpec spec) {
    private static final int MAX_RANK = 32;

    /** The array to write to an NPY file: bfloat16, which NPY does not have, as its bytes in one more axis. */
    static HostArray encode(HostArray value) {
        return value.dtype() == DType.BFLOAT16
                ? HostArray.over(value.data(), value.shape().append(DType.BFLOAT16.bytes()), DType.UINT8)
                : value;
    }

    /** What {@link #encode} makes of this weight. */
    TensorSpec encodedSpec() {
        return spec.dtype() == DType.BFLOAT16
                ? new TensorSpec(spec.shape().append(DType.BFLOAT16.bytes()), DType.UINT8)
                : spec;
    }

    /** The inverse of {@link #encode}. */
    HostArray decode(HostArray array) {
        return HostArray.over(array.data(), spec.shape(), spec.dtype());
    }

    Map<String, Object> toJson(int index) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("index", index);
        json.put("path", path);
        json.putAll(specToJson(spec));
        return json;
    }

    static StoredWeight fromJson(@Nullable Object value, int index, String name) {
        Map<String, Object> json = Json.object(value, name);
        if (!(json.get("index") instanceof Number number) || number.doubleValue() != index) {
            throw new ModelFormatException("[load] expected index " + index + " for the weight at that place in " + name
                    + "; received " + Json.shown(json.get("index")) + ".");
        }
        TensorSpec spec = specFromJson(json, name);
        if (!spec.shape().isFullyKnown()) {
            throw new ModelFormatException(
                    "[load] expected a weight of known size in " + name + "; received " + spec + ".");
        }
        return new StoredWeight(Json.text(json, "path", name), spec);
    }

    /** Shape and type; an unknown axis is null. */
    static Map<String, Object> specToJson(TensorSpec spec) {
        Map<String, Object> json = new LinkedHashMap<>();
        List<@Nullable Integer> sizes = new ArrayList<>();
        for (int size : spec.shape().sizes()) {
            sizes.add(size == Shape.UNKNOWN ? null : size);
        }
        json.put("shape", sizes);
        json.put("dtype", spec.dtype().toString());
        return json;
    }

    static TensorSpec specFromJson(Map<String, Object> json, String name) {
        List<?> list = Json.list(json, "shape", name);
        if (list.size() > MAX_RANK) {
            throw new ModelFormatException(
                    "[load] expected at most " + MAX_RANK + " axes in " + name + "; received " + list.size() + ".");
        }
        int[] sizes = new int[list.size()];
        long bytes = Long.BYTES;
        for (int axis = 0; axis < sizes.length; axis++) {
            sizes[axis] = size(list.get(axis), name);
            try {
                bytes = Math.multiplyExact(bytes, Math.max(1, sizes[axis]));
            } catch (ArithmeticException e) {
                throw new ModelFormatException(
                        "[load] expected an array of less than 2^63 bytes in " + name + "; received shape "
                                + Json.shown(list) + ".",
                        e);
            }
        }
        try {
            return new TensorSpec(Shape.of(sizes), DType.of(Json.text(json, "dtype", name)));
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException("[load] in " + name + ": " + e.getMessage(), e);
        }
    }

    private static int size(@Nullable Object value, String name) {
        if (value == null) {
            return Shape.UNKNOWN;
        }
        if (value instanceof Number number && number.doubleValue() >= 0 && number.doubleValue() == number.intValue()) {
            return number.intValue();
        }
        throw new ModelFormatException("[load] expected the size of an axis from 0 to " + Integer.MAX_VALUE + " in "
                + name + "; received " + Json.shown(value) + ".");
    }

    @Override
    public String toString() {
        return path + " " + spec;
    }
}
