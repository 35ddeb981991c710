package dev.lamina.tensor;

import dev.lamina.errors.ReleasedTensorException;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/**
 * A tensor with values on a device. It is released by the scope that owns it, or after it becomes unreachable; using it
 * afterwards is a {@link ReleasedTensorException}.
 */
public final class ConcreteTensor extends Tensor {
    private final String name;
    private final long offset;
    private final Share share;

    /** A tensor's share of its storage, given up once. Outlives the tensor, so that it can be given up after it. */
    public static final class Share {
        private @Nullable Storage storage;
        private String releasedWhen = "";

        private Share(Storage storage) {
            this.storage = storage;
        }

        /** Gives the share up; doing so twice does nothing. Completes the sentence "was released when ...". */
        public void release(String when) {
            Storage current;
            synchronized (this) {
                current = storage;
                if (current == null) {
                    return;
                }
                releasedWhen = when;
                storage = null;
            }
            current.release();
        }

        private synchronized @Nullable Storage storage() {
            return storage;
        }

        private synchronized String releasedWhen() {
            return releasedWhen;
        }

        private synchronized void moveTo(Storage replacement) {
            Storage previous = storage;
            storage = replacement;
            if (previous != null) {
                previous.release();
            }
        }
    }

    /** Takes over one ownership of the storage. */
    public ConcreteTensor(String name, TensorSpec spec, Storage storage, long offset) {
        super(spec);
        this.name = name;
        this.share = new Share(storage);
        this.offset = offset;
    }

    @Override
    public String name() {
        return name;
    }

    /** The memory this tensor owns a share of; a {@link ReleasedTensorException} after its release. */
    public Storage storage() {
        Storage current = share.storage();
        if (current == null) {
            throw new ReleasedTensorException("Tensor \"" + name + "\" " + spec() + " was released when "
                    + share.releasedWhen() + ". Keep it with scope.keep(tensor).");
        }
        return current;
    }

    public Share share() {
        return share;
    }

    /** Where the values lie. */
    public Operand operand() {
        return new Operand(storage().buffer(), offset, spec());
    }

    /** The offset of the first element in the buffer, in bytes. */
    public long offset() {
        return offset;
    }

    public boolean isReleased() {
        return share.storage() == null;
    }

    /** Gives up this tensor's share of the memory; releasing twice does nothing. */
    public void release(String when) {
        share.release(when);
    }

    /**
     * Moves this tensor to other memory that holds the same values: a variable's reader before the variable changes.
     */
    void moveTo(Storage replacement) {
        share.moveTo(replacement);
    }

    @Override
    public HostArray toHost() {
        Operand operand = operand();
        HostArray array = HostArray.zeros(shape(), dtype());
        try {
            if (array.elements() > 0) {
                operand.buffer().download(operand.offset(), array.data());
            }
        } finally {
            Reference.reachabilityFence(this);
        }
        return array;
    }

    @Override
    public String toString() {
        return isReleased()
                ? "Tensor " + spec() + " (released when " + share.releasedWhen() + ")"
                : "Tensor " + toHost();
    }
}
