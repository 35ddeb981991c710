package dev.lamina.backend.cuda;

import java.lang.foreign.MemorySegment;

/**
 * Copies between host and device by way of two blocks of pinned host memory, which are reused: while the device reads
 * one, the other is filled. Everything goes through the compute stream, so copies are ordered with the kernels. Used
 * under the device's lock.
 */
final class PinnedStaging {
    /** Where one copy begins inside a block. */
    private static final long ALIGNMENT = 64;

    /** A block of pinned memory that is filled from the front. */
    private static final class Block {
        final MemorySegment memory;
        final CudaEvent done;
        long used;
        boolean pending;

        Block(CudaDriver driver, long bytes) {
            try (Opened opened = new Opened()) {
                memory = opened.add(driver.allocatePinned(bytes), driver::freePinned);
                done = opened.add(new CudaEvent(driver), CudaEvent::close);
                opened.keep();
            }
        }

        void close(CudaDriver driver) {
            done.close();
            driver.freePinned(memory);
        }

        /** Waits until the device has read what was put in, so that the block is free. */
        void drain() {
            if (pending) {
                done.synchronize();
                pending = false;
            }
            used = 0;
        }
    }

    private final CudaDevice device;
    private final long blockBytes;
    private final Block[] blocks;
    private int current;

    PinnedStaging(CudaDevice device, long blockBytes) {
        this.device = device;
        this.blockBytes = blockBytes;
        CudaDriver driver = device.driver();
        try (Opened opened = new Opened()) {
            Block first = opened.add(new Block(driver, blockBytes), block -> block.close(driver));
            this.blocks = new Block[] {first, new Block(driver, blockBytes)};
            opened.keep();
        }
    }

    /** Copies host memory to the device. The source may be changed when this returns. */
    void upload(long target, MemorySegment source) {
        for (long at = 0; at < source.byteSize(); ) {
            Block block = blocks[current];
            long bytes = Math.min(source.byteSize() - at, blockBytes - block.used);
            if (block.used > 0 && bytes < source.byteSize() - at) {
                // Does not fit behind what is there: on to the other block.
                current = 1 - current;
                blocks[current].drain();
                continue;
            }
            MemorySegment pinned = block.memory.asSlice(block.used, bytes);
            pinned.copyFrom(source.asSlice(at, bytes));
            device.driver().upload(target + at, pinned, device.compute().handle());
            block.done.record(device.compute());
            block.pending = true;
            block.used = Math.min(blockBytes, Math.ceilDiv(block.used + bytes, ALIGNMENT) * ALIGNMENT);
            at += bytes;
        }
    }

    /** Copies device memory to the host, after all work that was issued before; returns when it is there. */
    void download(MemorySegment target, long source) {
        blocks[0].drain();
        blocks[1].drain();
        long bytes = target.byteSize();
        long chunks = Math.ceilDiv(bytes, blockBytes);
        for (long chunk = 0; chunk <= chunks; chunk++) {
            if (chunk < chunks) {
                Block block = blocks[(int) (chunk % 2)];
                MemorySegment pinned = block.memory.asSlice(0, chunkBytes(bytes, chunk));
                device.driver()
                        .download(
                                pinned,
                                source + chunk * blockBytes,
                                device.compute().handle());
                block.done.record(device.compute());
                block.pending = true;
            }
            if (chunk > 0) {
                Block block = blocks[(int) ((chunk - 1) % 2)];
                if (chunk == chunks) {
                    device.compute().synchronize();
                } else {
                    block.done.synchronize();
                }
                block.pending = false;
                long size = chunkBytes(bytes, chunk - 1);
                target.asSlice((chunk - 1) * blockBytes, size).copyFrom(block.memory.asSlice(0, size));
            }
        }
    }

    private long chunkBytes(long bytes, long chunk) {
        return Math.min(blockBytes, bytes - chunk * blockBytes);
    }

    void close() {
        for (Block block : blocks) {
            block.close(device.driver());
        }
    }
}
