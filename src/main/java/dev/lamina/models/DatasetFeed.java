package dev.lamina.models;

import dev.lamina.data.Dataset;
import dev.lamina.data.HostBatch;
import java.util.Collections;
import java.util.Iterator;
import java.util.OptionalInt;

/** The batches of a data set. */
final class DatasetFeed implements BatchFeed {
    private final String where;
    private final Dataset data;
    private Iterator<HostBatch> pass = Collections.emptyIterator();

    /** @param where the method's name, for the error when a pass is empty */
    DatasetFeed(String where, Dataset data) {
        this.where = where;
        this.data = data;
    }

    @Override
    public OptionalInt batches() {
        return data.batches();
    }

    @Override
    public OptionalInt samples() {
        return OptionalInt.empty();
    }

    @Override
    public void begin(long number) {
        pass = data.iterator();
        if (!pass.hasNext()) {
            throw new IllegalArgumentException("[" + where + "] expected a batch in each pass over the data set; "
                    + "received none in pass " + number + ". Its iterator() must begin anew at each call.");
        }
    }

    @Override
    public boolean hasNext() {
        return pass.hasNext();
    }

    @Override
    public StepBatch next(int most) {
        return StepBatch.of(pass.next());
    }

    @Override
    public void skip(int batches) {
        for (int i = 0; i < batches && pass.hasNext(); i++) {
            pass.next();
        }
    }
}
