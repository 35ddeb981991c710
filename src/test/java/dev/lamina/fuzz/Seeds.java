package dev.lamina.fuzz;

import dev.lamina.data.NpyFormat;
import dev.lamina.saving.FuzzAccess;
import dev.lamina.saving.SafeTensors;
import dev.lamina.tensor.HostArray;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Good files for each parser, from which a fuzzer starts. */
final class Seeds {
    private Seeds() {}

    /** Writes a folder of files for each parser. */
    public static void main(String[] arguments) throws IOException {
        for (Parser parser : Parser.values()) {
            write(parser, Files.createDirectories(Path.of(arguments[0], parser.folder())));
        }
    }

    /** Writes files that a parser reads, into a folder. */
    static List<Path> write(Parser parser, Path folder) throws IOException {
        switch (parser) {
            case KERAS -> FuzzAccess.save(folder.resolve("model.keras"));
            case WEIGHTS, HDF5 -> FuzzAccess.save(folder.resolve("model.weights.h5"));
            case CONFIG -> config(folder);
            case SAFETENSORS -> new SafeTensors().write(arrays(), folder.resolve("arrays.safetensors"));
            case NPY -> {
                for (Map.Entry<String, HostArray> entry : arrays().entrySet()) {
                    NpyFormat.write(folder.resolve(entry.getKey() + ".npy"), entry.getValue());
                }
            }
            case IDX -> idx(folder);
            case CSV -> {
                Files.writeString(folder.resolve("table.csv"), "a,b,c\n1,2.5,-3e4\n\"4\",nan,inf\n\n 5,6 ,.7\n");
                Files.writeString(folder.resolve("one.csv"), "\uFEFF1\r\n2\r\n");
            }
        }
        try (var files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static void config(Path folder) throws IOException {
        Path file = Files.createTempFile("lamina", ".keras");
        try {
            FuzzAccess.save(file);
            try (ZipFile zip = new ZipFile(file.toFile())) {
                ZipEntry entry = zip.getEntry("config.json");
                try (InputStream in = zip.getInputStream(entry)) {
                    Files.write(folder.resolve("config.json"), in.readAllBytes());
                }
            }
        } finally {
            Files.delete(file);
        }
    }

    private static Map<String, HostArray> arrays() {
        Map<String, HostArray> arrays = new LinkedHashMap<>();
        arrays.put("matrix", HostArray.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
        arrays.put("counts", HostArray.of(new long[] {7, 8}, 2));
        arrays.put("nothing", HostArray.of(new float[0], 0, 4));
        return arrays;
    }

    private static void idx(Path folder) throws IOException {
        byte[] bytes = {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6};
        Files.write(folder.resolve("bytes.idx"), bytes);
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(bytes);
        }
        Files.write(folder.resolve("bytes.idx.gz"), packed.toByteArray());
    }
}
