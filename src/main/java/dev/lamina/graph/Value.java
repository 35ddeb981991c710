package dev.lamina.graph;

import dev.lamina.tensor.TensorSpec;

/** One output of a node. */
public record Value(Node node, int output) {
    public TensorSpec spec() {
        return node.outputs().get(output);
    }
}
