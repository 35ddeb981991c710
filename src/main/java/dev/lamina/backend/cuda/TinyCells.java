package dev.lamina.backend.cuda;

import dev.lamina.graph.Plan;
import dev.lamina.graph.Plan.Location;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The memory that the tasks of a step read and write, and where each piece lies in shared memory. Weights, optimizer
 * state and constants stay where they are for all steps; other values share memory with those that are needed in other
 * levels.
 */
final class TinyCells {
    private static final int ALIGNMENT = 16;

    /** A piece of memory. */
    static final class Cell {
        private long bytes;
        private int from = Integer.MAX_VALUE;
        private int to = -1;
        private boolean written;
        private long place;

        long bytes() {
            return bytes;
        }

        private void usedIn(int level) {
            from = Math.min(from, level);
            to = Math.max(to, level);
        }

        private boolean meets(Cell other) {
            return from <= other.to && other.from <= to;
        }

        private long end() {
            return place + Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
        }
    }

    private final Map<Object, Cell> cells = new LinkedHashMap<>();
    private final Map<Object, Location> loads = new LinkedHashMap<>();
    private final Map<Object, Location> stores = new LinkedHashMap<>();
    private long bytes;

    /** @param levels the tasks, in the order in which they may run, by level */
    TinyCells(Plan plan, List<List<TinyTask>> levels) {
        int last = levels.size();
        plan.inputs().forEach(input -> keep(cell(input), last).written = true);
        for (int level = 0; level < last; level++) {
            for (TinyTask task : levels.get(level)) {
                for (Location location : task.reads()) {
                    Cell cell = cell(location);
                    cell.usedIn(level);
                    // What no step has written yet is a variable, a constant, or was computed when the plan was bound.
                    if (!cell.written || location instanceof Plan.InVariable) {
                        keep(cell, last);
                        loads.putIfAbsent(key(location), location);
                    }
                }
            }
            for (TinyTask task : levels.get(level)) {
                for (Location location : task.writes()) {
                    Cell cell = cell(location);
                    cell.usedIn(level);
                    cell.written = true;
                    if (location instanceof Plan.InVariable) {
                        keep(cell, last);
                        stores.putIfAbsent(key(location), location);
                    }
                }
            }
        }
        for (Location output : plan.outputs()) {
            if (output instanceof Plan.InArena && cells.containsKey(key(output))) {
                cell(output).usedIn(last);
                // Its own bytes alone: a larger value may have been at its place, and another output may lie behind.
                stores.putIfAbsent(key(output), output);
            }
        }
        layOut();
    }

    /** What stands for the memory of a location. */
    static Object key(Location location) {
        return switch (location) {
            case Plan.InArena arena -> arena.offset();
            case Plan.InVariable variable -> variable.variable();
            case Plan.InConstant constant -> constant.tensor();
        };
    }

    /** Whether the values of the arena lie apart from each other, or at the same place. */
    static boolean areApart(Stream<Location> locations) {
        List<Plan.InArena> arena = locations
                .filter(Plan.InArena.class::isInstance)
                .map(Plan.InArena.class::cast)
                .distinct()
                .sorted(Comparator.comparingLong(Plan.InArena::offset))
                .toList();
        for (int i = 1; i < arena.size(); i++) {
            Plan.InArena before = arena.get(i - 1);
            boolean same = before.offset() == arena.get(i).offset();
            if (!same && before.offset() + before.spec().bytes() > arena.get(i).offset()) {
                return false;
            }
        }
        return true;
    }

    private Cell cell(Location location) {
        Cell cell = cells.computeIfAbsent(key(location), _ -> new Cell());
        cell.bytes = Math.max(cell.bytes, location.spec().bytes());
        return cell;
    }

    private static Cell keep(Cell cell, int last) {
        cell.usedIn(0);
        cell.usedIn(last);
        return cell;
    }

    /** The largest first, each at the first place that is free in all of its levels. */
    private void layOut() {
        List<Cell> placed = new ArrayList<>();
        List<Cell> largest = cells.values().stream()
                .sorted(Comparator.comparingLong(Cell::bytes).reversed())
                .toList();
        for (Cell cell : largest) {
            List<Cell> beside = placed.stream()
                    .filter(cell::meets)
                    .sorted(Comparator.comparingLong(other -> other.place))
                    .toList();
            for (Cell other : beside) {
                if (cell.end() <= other.place) {
                    break;
                }
                cell.place = Math.max(cell.place, other.end());
            }
            placed.add(cell);
            bytes = Math.max(bytes, cell.end());
        }
    }

    /** How much memory all take. */
    long bytes() {
        return bytes;
    }

    /** Where a value lies, counted from the first cell. */
    long place(Location location) {
        Cell cell = cells.get(key(location));
        if (cell == null) {
            throw new IllegalStateException("[cuda] expected a place for " + location + ". This is a bug in Lamina.");
        }
        return cell.place;
    }

    /** What is copied from device memory before the first step. */
    Collection<Location> loads() {
        return loads.values();
    }

    /** What is copied to device memory after the last step. */
    Collection<Location> stores() {
        return stores.values();
    }

    /** Whether every copy from and to device memory is one of whole words. */
    boolean areWords() {
        return Stream.concat(loads.values().stream(), stores.values().stream())
                .allMatch(copied -> copied.spec().bytes() % Integer.BYTES == 0);
    }
}
