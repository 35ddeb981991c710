package dev.lamina.tensor;

import dev.lamina.errors.ReleasedTensorException;
import dev.lamina.errors.ShapeException;
import java.util.Optional;
import java.util.function.Supplier;
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

        /** What is assigned for a value: of the variable's type, where a layer computes in another. */
        Tensor fit(Variable target, Tensor value);
    }

    private final boolean trainable;
    private final Assigner assigner;
    private volatile String name;
    private final Supplier<ConcreteTensor> source;
    private volatile @Nullable ConcreteTensor value;
    private volatile boolean closed;
    private volatile @Nullable UnaryOperator<Tensor> constraint;
    private volatile boolean autocast;
    private @Nullable Pin current;

    /** Takes over the value, which must be the only user of its memory. */
    public Variable(String name, ConcreteTensor value, boolean trainable, Assigner assigner) {
        this(name, value.spec(), () -> value, trainable, assigner);
        this.value = value;
    }

    /** A variable that has no memory before it is used; the source then gives its value, once, as above. */
    public Variable(
            String name, TensorSpec spec, Supplier<ConcreteTensor> source, boolean trainable, Assigner assigner) {
        super(spec);
        this.name = name;
        this.source = source;
        this.trainable = trainable;
        this.assigner = assigner;
    }

    private ConcreteTensor value() {
        ConcreteTensor known = value;
        return known != null ? known : firstValue();
    }

    private synchronized ConcreteTensor firstValue() {
        ConcreteTensor known = value;
        if (known == null && !closed) {
            known = source.get();
            value = known;
        }
        if (known == null) {
            throw released();
        }
        return known;
    }

    /** Takes over the first value, for a variable that has none yet; false if it has one, or is closed. */
    public synchronized boolean begin(Supplier<ConcreteTensor> first) {
        if (value != null || closed) {
            return false;
        }
        value = first.get();
        return true;
    }

    /** Whether the values are in memory; not for one that was only planned, nor for a closed one. */
    public boolean isAllocated() {
        ConcreteTensor known = value;
        return known != null && !known.isReleased();
    }

    private ReleasedTensorException released() {
        return new ReleasedTensorException("Variable \"" + name + "\" " + spec()
                + " was released when its owner was closed. Use the model before model.close().");
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

    /** Whether a layer that computes in another type than it keeps its weights in reads the values in that type. */
    public boolean autocast() {
        return autocast;
    }

    /** Sets {@link #autocast}, for a weight of a layer. */
    public void autocast(boolean cast) {
        autocast = cast;
    }

    /** Replaces the values; another shape or type is an error that names both. */
    public void assign(Tensor newValue) {
        Tensor fitting = assigner.fit(this, newValue);
        checkAssignable(fitting.spec());
        assigner.assign(this, fitting);
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
        ConcreteTensor present = value();
        if (present.isReleased()) {
            throw released();
        }
        return present.operand();
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
            ConcreteTensor present = value();
            pin = new Pin(new ConcreteTensor(name, spec(), present.storage().retain(), present.offset()));
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
    public synchronized void close() {
        closed = true;
        ConcreteTensor known = value;
        if (known != null) {
            known.release("its owner was closed");
        }
    }

    public boolean isClosed() {
        ConcreteTensor known = value;
        return closed || known != null && known.isReleased();
    }

    @Override
    public HostArray toHost() {
        operand();
        return value().toHost();
    }

    @Override
    public String toString() {
        return isClosed()
                ? "Variable \"" + name + "\" " + spec() + " (closed)"
                : "Variable \"" + name + "\" " + toHost();
    }
}
