package dev.lamina.backend.cuda;

import dev.lamina.errors.CudaException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of batches to the device that are on their way while earlier steps compute: through slots of pinned host
 * memory and, by the copy stream, of device memory; the compute stream takes them from there, once they have come, to
 * where the step wants them. The copy within the device is short, and what a step reads is never overwritten early. A
 * slot is filled from the front by several copies and used again when the device is done with it. Used under the
 * device's lock.
 */
final class StreamedUploads {
    private static final Logger LOG = LoggerFactory.getLogger(StreamedUploads.class);

    /** One to fill, one on its way, one to read from. */
    private static final int SLOTS = 3;

    /** Where one copy begins inside a slot: what kernels and copies like best. */
    private static final long ALIGNMENT = 256;

    private static final class Slot {
        final MemorySegment pinned;
        final long address;
        final CudaEvent arrived;
        final CudaEvent taken;
        long used;
        boolean pending;

        Slot(CudaDriver driver, long bytes, long address) {
            this.address = address;
            try (Opened opened = new Opened()) {
                pinned = opened.add(driver.allocatePinned(bytes), driver::freePinned);
                arrived = opened.add(new CudaEvent(driver), CudaEvent::close);
                taken = opened.add(new CudaEvent(driver), CudaEvent::close);
                opened.keep();
            }
        }

        void close(CudaDriver driver) {
            arrived.close();
            taken.close();
            driver.freePinned(pinned);
        }
    }

    private final CudaDevice device;
    private final long slotBytes;
    private final long memory;
    private final List<Slot> slots = new ArrayList<>();
    private int current;

    private StreamedUploads(CudaDevice device, long slotBytes, long memory) {
        this.device = device;
        this.slotBytes = slotBytes;
        this.memory = memory;
        CudaDriver driver = device.driver();
        try (Opened opened = new Opened()) {
            opened.add(memory, driver::free);
            for (int i = 0; i < SLOTS; i++) {
                slots.add(opened.add(new Slot(driver, slotBytes, memory + i * slotBytes), slot -> slot.close(driver)));
            }
            opened.keep();
        }
    }

    /** With slots of that size; empty where the device has no memory left for them, or the host none to pin. */
    static Optional<StreamedUploads> open(CudaDevice device, long slotBytes) {
        long memory = device.driver().allocate(SLOTS * slotBytes);
        if (memory == 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(new StreamedUploads(device, slotBytes, memory));
        } catch (CudaException e) {
            if (device.driver().isLost()) {
                throw e;
            }
            LOG.info("[{}] batches go to the device by the compute stream: {}", device.name(), e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Copies host memory to the device, ordered as the compute stream is. The source may be changed when this returns.
     */
    void upload(long target, MemorySegment source) {
        CudaDriver driver = device.driver();
        CudaStream compute = device.compute();
        CudaStream copies = device.copies();
        for (long at = 0; at < source.byteSize(); ) {
            Slot slot = slots.get(current);
            long bytes = Math.min(source.byteSize() - at, slotBytes - slot.used);
            if (slot.used > 0 && bytes < source.byteSize() - at) {
                current = (current + 1) % SLOTS;
                reuse(slots.get(current));
                continue;
            }
            MemorySegment pinned = slot.pinned.asSlice(slot.used, bytes);
            pinned.copyFrom(source.asSlice(at, bytes));
            driver.upload(slot.address + slot.used, pinned, copies.handle());
            slot.arrived.record(copies);
            compute.await(slot.arrived);
            driver.copy(target + at, slot.address + slot.used, bytes, compute.handle());
            slot.taken.record(compute);
            slot.pending = true;
            slot.used = Math.min(slotBytes, Math.ceilDiv(slot.used + bytes, ALIGNMENT) * ALIGNMENT);
            at += bytes;
        }
    }

    /** The host waits until the pinned memory was read, which is long ago, the copy stream for what the steps took. */
    private void reuse(Slot slot) {
        if (slot.pending) {
            slot.arrived.synchronize();
            device.copies().await(slot.taken);
            slot.pending = false;
        }
        slot.used = 0;
    }

    /** To be called when the streams are done. */
    void close() {
        slots.forEach(slot -> slot.close(device.driver()));
        device.driver().free(memory);
    }
}
