package dev.lamina.backend.cuda;

import dev.lamina.backend.BoundStep;
import dev.lamina.errors.CudaException;
import java.util.ArrayList;
import java.util.List;

/**
 * Issues a plan's steps so that independent ones can run at the same time: to several streams, which wait for each
 * other by events. Captured, the events become the edges of the graph. Used under the device's lock.
 */
final class CudaLanes {
    private final CudaDevice device;
    private final List<BoundStep> steps;
    private final CudaSchedule schedule;
    private final List<CudaEvent> events = new ArrayList<>();
    private int used;

    /** @param most how many lanes there may be */
    CudaLanes(CudaDevice device, CudaBlas blas, List<BoundStep> steps, int most) {
        this.device = device;
        this.steps = steps;
        CudaSchedule wanted = CudaSchedule.of(steps, most);
        boolean served = true;
        for (int lane = 1; lane < wanted.lanes(); lane++) {
            served = served && blas.serves(device.lane(lane));
        }
        schedule = served ? wanted : CudaSchedule.of(steps, 1);
    }

    int lanes() {
        return schedule.lanes();
    }

    void issue() {
        used = 0;
        try {
            issueSteps();
        } catch (Throwable e) {
            try {
                join();
            } catch (CudaException more) {
                e.addSuppressed(more);
            }
            throw e;
        }
        join();
    }

    private void issueSteps() {
        CudaEvent[] ends = new CudaEvent[steps.size()];
        if (lanes() > 1) {
            CudaEvent begin = mark(device.lane(0));
            for (int lane = 1; lane < lanes(); lane++) {
                device.lane(lane).await(begin);
            }
        }
        for (int i : schedule.order()) {
            CudaSchedule.Placed placed = schedule.steps().get(i);
            CudaStream lane = device.lane(placed.lane());
            for (int before : placed.waits()) {
                lane.await(ends[before]);
            }
            device.issueTo(lane, steps.get(i).action());
            if (placed.awaited()) {
                ends[i] = mark(lane);
            }
        }
    }

    /** Lets the usual stream wait for the other lanes. */
    private void join() {
        for (int lane = 1; lane < lanes(); lane++) {
            device.lane(0).await(mark(device.lane(lane)));
        }
    }

    private CudaEvent mark(CudaStream lane) {
        if (used == events.size()) {
            events.add(new CudaEvent(device.driver()));
        }
        CudaEvent event = events.get(used++);
        event.record(lane);
        return event;
    }

    void close() {
        events.forEach(CudaEvent::close);
        events.clear();
    }
}
