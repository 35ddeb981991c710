package dev.lamina.callbacks;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.lamina.errors.DataException;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Writes a line of CSV an epoch: {@code epoch} (from 0), then the logs in the order of their names. A value that an
 * epoch lacks is {@code NA}. The file is whole after each epoch.
 */
public final class CSVLogger implements Callback {
    private final Path file;
    private final char separator;
    private final boolean append;
    private List<String> names = List.of();

    /** Begins a new file, with commas. */
    public CSVLogger(Path file) {
        this(file, ',', false);
    }

    /** @param append whether a file that is there is continued, without a second line of names */
    public CSVLogger(Path file, char separator, boolean append) {
        this.file = file;
        this.separator = separator;
        this.append = append;
    }

    @Override
    public void onTrainBegin(Plan plan, TrainingContext training) {
        names = List.of();
        if (!append) {
            write(List.of(), StandardOpenOption.TRUNCATE_EXISTING);
        }
    }

    @Override
    public void onEpochEnd(int epoch, Logs logs, TrainingContext training) {
        Map<String, Double> values = logs.read();
        List<List<String>> lines = new ArrayList<>();
        if (names.isEmpty()) {
            names = columns(values);
            if (isEmpty()) {
                List<String> header = new ArrayList<>(List.of("epoch"));
                header.addAll(names);
                lines.add(header);
            }
        }
        List<String> line = new ArrayList<>(List.of(Integer.toString(epoch)));
        for (String name : names) {
            line.add(values.containsKey(name) ? Double.toString(values.get(name)) : "NA");
        }
        lines.add(line);
        write(lines, StandardOpenOption.APPEND);
    }

    /** The names in order; where no validation has been yet, one may come, as in Keras. */
    private static List<String> columns(Map<String, Double> values) {
        List<String> columns = new ArrayList<>(new TreeSet<>(values.keySet()));
        if (columns.stream().noneMatch(name -> name.startsWith("val_"))) {
            List.copyOf(columns).forEach(name -> columns.add("val_" + name));
        }
        return columns;
    }

    private boolean isEmpty() {
        try {
            return !Files.exists(file) || Files.size(file) == 0;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void write(List<List<String>> lines, StandardOpenOption how) {
        try (Writer out = Files.newBufferedWriter(
                        file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how);
                CsvWriter csv = CsvWriter.builder()
                        .fieldSeparator(separator)
                        .lineDelimiter(LineDelimiter.LF)
                        .build(out)) {
            lines.forEach(csv::writeRecord);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private DataException failed(IOException e) {
        return new DataException(
                "[CSVLogger] expected a file that can be written; received " + file + ": " + e + ".", e);
    }
}
