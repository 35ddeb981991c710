package dev.lamina.backend;

/**
 * A backend's counters since it was created. {@code liveBytes} is what is allocated now, {@code peakBytes} the most
 * there ever was, {@code reservedBytes} what is held from the system including cached free blocks.
 */
public record BackendStatistics(
        long liveBytes,
        long peakBytes,
        long reservedBytes,
        long allocations,
        long downloads,
        long uploads,
        long opsRun) {}
