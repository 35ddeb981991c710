package dev.lamina.tensor;

import dev.lamina.errors.ReleasedTensorException;
import dev.lamina.errors.ShapeException;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A tensor that lives until its owner closes it, whose values change in place: a weight, an optimizer's slot, a
 * metric's state. Its memory never moves. As the argument of an op it stands for its value at that moment.
 */
public final class Variable extends Tensor {
    /** How assignments are carried out: at once, or recorded in the program that is being traced. */
    public interface Assigner {
        void assign(Variable target, Tensor value);

        void assign(Variable target, HostArray value);

        void assignAdd(Variable target, Tensor value);
    }

    private final boolean trainable;
    private final Assigner assigner;
    private volatile String name;
    private final ConcreteTensor value;
    private volatile @Nullable UnaryOperator<Tensor> constraint;
    private @Nullable Pin current;

    /** Takes over the value, which must be the only user of its memory. */
    public Variable(String name, ConcreteTensor value, boolean trainable, Assigner assigner) {
        super(value.spec());
        this.name = name;
        this.value = value;
        this.trainable = trainable;
        this.assigner = assigner;
    }

    /** The path once its layer is built ({@code mlp/dense_1/kernel}), the plain name before. */
    @Override
    public String name() {
        return name;
    }

    public void rename(String path) {
        name = path;
    }

    /** Whether an optimizer may update it, as it was declared; freezing is the layer's affair. */
    public boolean trainable() {
        return trainable;
    }

    /** The projection that an optimizer puts the values through after each update, if there is one. */
    public Optional<UnaryOperator<Tensor>> constraint() {
        return Optional.ofNullable(constraint);
    }

    /** Sets the projection of {@link #constraint}. */
    public void constrain(UnaryOperator<Tensor> projection) {
        constraint = projection;
    }

    /** Replaces the values; another shape or type is an error that names both. */
    public void assign(Tensor newValue) {
        checkAssignable(newValue.spec());
        assigner.assign(this, newValue);
    }

    /** Adds to the values. */
    public void assignAdd(Tensor amount) {
        assigner.assignAdd(this, amount);
    }

    /** Replaces the values by those of a host array of the same shape and type; outside of traced code. */
    public void assign(HostArray newValue) {
        checkAssignable(newValue.spec());
        assigner.assign(this, newValue);
    }

    private void checkAssignable(TensorSpec spec) {
        if (!spec.equals(spec())) {
            throw new ShapeException(
                    "[" + name + "] expected a value of " + spec() + " for this variable; received " + spec + ".");
        }
    }

    public Operand operand() {
        if (value.isReleased()) {
            throw new ReleasedTensorException("Variable \"" + name + "\" " + spec()
                    + " was released when its owner was closed. Use the model before model.close().");
        }
        return value.operand();
    }

    /** A reader of the value at one moment, shared by the tapes that asked for it. Guarded by its variable. */
    public static final class Pin {
        private final ConcreteTensor tensor;
        private int users;

        private Pin(ConcreteTensor tensor) {
            this.tensor = tensor;
        }

        public ConcreteTensor tensor() {
            return tensor;
        }
    }

    /**
     * A reader that keeps showing the present value even when the variable is assigned to; for a tape, which needs the
     * values of the forward pass later. Ends with {@link #unpin}.
     */
    public synchronized Pin pin() {
        operand();
        Pin pin = current;
        if (pin == null) {
            pin = new Pin(new ConcreteTensor(name, spec(), value.storage().retain(), value.offset()));
            current = pin;
        }
        pin.users++;
        return pin;
    }

    /** Ends one {@link #pin}. */
    public synchronized void unpin(Pin pin) {
        if (--pin.users == 0) {
            pin.tensor.release("its tape closed");
            if (pin == current) {
                current = null;
            }
        }
    }

    /** Before the values change: whether a reader must first be given a copy, by {@link #moveReaderTo}. */
    public synchronized boolean hasReader() {
        return current != null;
    }

    /** Gives the present reader memory of its own, which holds the present values at offset 0. */
    public synchronized void moveReaderTo(Storage copy) {
        Pin pin = current;
        if (pin == null) {
            copy.release();
        } else {
            pin.tensor.moveTo(copy);
            current = null;
        }
    }

    /** Frees the memory; only the owner does this. Closing twice does nothing. */
    public void close() {
        value.release("its owner was closed");
    }

    public boolean isClosed() {
        return value.isReleased();
    }

    @Override
    public HostArray toHost() {
        operand();
        return value.toHost();
    }

    @Override
    public String toString() {
        return isClosed()
                ? "Variable \"" + name + "\" " + spec() + " (closed)"
                : "Variable \"" + name + "\" " + toHost();
    }
}
