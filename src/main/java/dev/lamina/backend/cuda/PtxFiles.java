package dev.lamina.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/** The PTX files on the class path, {@code dev/lamina/cuda/ptx/<family>.ptx}. */
final class PtxFiles {
    private static final String FOLDER = "dev/lamina/cuda/ptx";
    private static final String SUFFIX = ".ptx";

    private PtxFiles() {}

    /** The names of all families, sorted. */
    static List<String> families() {
        List<String> families = new ArrayList<>();
        try {
            for (URL url : Collections.list(PtxFiles.class.getClassLoader().getResources(FOLDER))) {
                URLConnection connection = url.openConnection();
                if (connection instanceof JarURLConnection jar) {
                    jar.getJarFile().stream()
                            .map(entry -> entry.getName())
                            .filter(name -> name.startsWith(FOLDER + "/") && name.endsWith(SUFFIX))
                            .forEach(name -> families.add(family(name.substring(FOLDER.length() + 1))));
                } else {
                    try (Stream<Path> files = Files.list(Path.of(url.toURI()))) {
                        files.map(file -> file.getFileName().toString())
                                .filter(name -> name.endsWith(SUFFIX))
                                .forEach(name -> families.add(family(name)));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("[cuda] expected to list the folder " + FOLDER + " of the class path.", e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(
                    "[cuda] expected the class path's folder " + FOLDER + " to have a file name.", e);
        }
        return families.stream().distinct().sorted().toList();
    }

    private static String family(String file) {
        return file.substring(0, file.length() - SUFFIX.length());
    }

    /** The text of a family's file. */
    static byte[] read(String family) {
        String resource = FOLDER + "/" + family + SUFFIX;
        try (InputStream in = PtxFiles.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException(resource + " is not on the class path");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("[cuda] expected to read the kernels of " + resource + ".", e);
        }
    }
}
