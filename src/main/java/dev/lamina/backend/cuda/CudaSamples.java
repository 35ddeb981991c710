package dev.lamina.backend.cuda;

import dev.lamina.backend.BoundStep;
import dev.lamina.backend.ResidentRows;
import dev.lamina.tensor.Operand;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes the samples of a step to its inputs, from the place on that the device keeps, and moves the place on: nothing
 * about the launch changes from step to step. Used under the device's lock.
 */
final class CudaSamples {
    /** More blocks would wait for each other at the end. */
    private static final long MOST_BLOCKS = 1024;

    private final CudaDevice device;
    private final CudaLauncher launcher;
    private final ResidentRows rows;
    private final List<CudaByteInput> bytes;
    private final List<TakenStruct> launches;
    private final int batch;
    private final int samples;
    private final CudaKernel kernel;
    private final CudaBuffer tickets;

    /**
     * @param inputs of the step: one or more, of as many samples each, one or more
     * @param bytes for each input whether it becomes floats on the way
     */
    CudaSamples(CudaBackend backend, ResidentRows rows, List<Operand> inputs, List<Optional<CudaByteInput>> bytes) {
        this.device = backend.device();
        this.launcher = backend.launcher();
        this.rows = rows;
        this.bytes = bytes.stream().flatMap(Optional::stream).toList();
        batch = inputs.get(0).shape().size(0);
        List<TakenStruct.Part> parts = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            Operand target = bytes.get(i).map(CudaByteInput::target).orElse(inputs.get(i));
            Optional<Operand> values = bytes.get(i).map(CudaByteInput::values);
            parts.add(TakenStruct.Part.of(rows.tables().get(i), target, values, batch));
        }
        launches = TakenStruct.of(parts);
        samples = rows.tables().stream()
                .mapToInt(table -> table.shape().size(0))
                .min()
                .orElse(0);
        // Loaded here, since it can't be while something is captured.
        kernel = launcher.library().kernel("take_samples");
        tickets = backend.memory().allocate(Integer.BYTES);
        try {
            launcher.clear(new Operand(tickets, 0, rows.place().spec()));
        } catch (Throwable e) {
            tickets.free();
            throw e;
        }
    }

    ResidentRows rows() {
        return rows;
    }

    /** Samples whose memory was freed are an error. */
    void requireUsable() {
        for (int i = 0; i < rows.tables().size(); i++) {
            CudaBuffer.requireUsable(rows.tables().get(i));
        }
        CudaBuffer.requireUsable(rows.place());
    }

    /** Lets the next step begin at that place, and the steps that are issued then move it on. */
    void moveTo(int place) {
        if (!rows.standsAt(place)) {
            try (CudaDevice.Hold _ = device.hold()) {
                device.driver()
                        .set(
                                CudaBuffer.address(rows.place()),
                                place,
                                device.compute().handle());
            }
        }
        rows.leave();
    }

    /** So many steps were issued after {@link #moveTo}. */
    void arriveAt(int from, int steps) {
        rows.arriveAt(from + steps * batch);
    }

    /** The work that comes before the steps of the plan. */
    BoundStep step() {
        List<Operand> reads = new ArrayList<>(rows.tables());
        rows.order().ifPresent(reads::add);
        bytes.forEach(input -> reads.add(input.values()));
        List<Operand> writes = new ArrayList<>();
        launches.forEach(launch -> launch.parts().forEach(part -> writes.add(part.target())));
        writes.add(rows.place());
        return new BoundStep(this::issue, reads, writes);
    }

    private void issue() {
        try (CudaDevice.Hold _ = device.hold()) {
            for (int i = 0; i < launches.size(); i++) {
                TakenStruct taken = launches.get(i);
                launcher.start(kernel)
                        .samples(taken)
                        .pointer(rows.order().map(CudaBuffer::address).orElse(0L))
                        .pointer(rows.place())
                        .pointer(new Operand(tickets, 0, rows.place().spec()))
                        .i64(samples)
                        .i64(i == launches.size() - 1 ? batch : 0)
                        .overBlocks(Math.clamp(Math.ceilDiv(taken.units(), LaunchPacker.BLOCK), 1, MOST_BLOCKS));
            }
        }
    }

    void close() {
        tickets.free();
        bytes.forEach(CudaByteInput::close);
    }
}
