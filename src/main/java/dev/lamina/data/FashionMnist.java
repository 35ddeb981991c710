package dev.lamina.data;

import dev.lamina.errors.DataException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fashion-MNIST: 60,000 training and 10,000 test images of clothes, 28x28 grey pixels, in ten classes. Zalando SE, MIT.
 *
 * <p>The four files are sought in this order: a folder given, the folder {@code fashion-mnist} in the one that the
 * environment variable {@code LAMINA_DATASETS} names, the user's cache ({@code $XDG_CACHE_HOME} or {@code ~/.cache}, in
 * it {@code lamina/datasets/fashion-mnist}), the system's package ({@code apt-get install dataset-fashion-mnist}), and
 * last a download into the cache, checked against SHA-256 sums. {@code LAMINA_OFFLINE=1} turns the download off.
 */
public final class FashionMnist {
    /** The ten classes; label {@code i} means the name at {@code i}. */
    public static final List<String> CLASS_NAMES = List.of(
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot");

    static final String TRAIN_IMAGES = "train-images-idx3-ubyte.gz";
    static final String TRAIN_LABELS = "train-labels-idx1-ubyte.gz";
    static final String TEST_IMAGES = "t10k-images-idx3-ubyte.gz";
    static final String TEST_LABELS = "t10k-labels-idx1-ubyte.gz";
    private static final List<String> FILES = List.of(TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS);

    private static final Logger LOG = LoggerFactory.getLogger(FashionMnist.class);
    private static final int SIDE = 28;

    private FashionMnist() {}

    /**
     * Where to look.
     *
     * @param folders the folders to look in first, in this order
     * @param cache the folder to look in next, which downloads go to
     * @param systemFolder the folder of the system's package, looked in after that
     * @param downloadAllowed whether to download when no folder has the files
     * @param source the address of the folder to download from
     * @param timeout how long one file may take to download
     */
    public record Options(
            List<Path> folders, Path cache, Path systemFolder, boolean downloadAllowed, URI source, Duration timeout) {
        private static final URI OFFICIAL = URI.create("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/");

        public Options {
            folders = List.copyOf(folders);
        }

        /** The places that the environment names; see {@link FashionMnist}. */
        public static Options defaults() {
            Path home = path("the user's home folder", System.getProperty("user.home", ""))
                    .orElse(Path.of(""));
            return of(System.getenv(), home);
        }

        static Options of(Map<String, String> environment, Path home) {
            Optional<Path> datasets = path("LAMINA_DATASETS", environment.getOrDefault("LAMINA_DATASETS", ""));
            // A relative path there is to be ignored, says the XDG specification.
            Path cache = path("XDG_CACHE_HOME", environment.getOrDefault("XDG_CACHE_HOME", ""))
                    .filter(Path::isAbsolute)
                    .orElse(home.resolve(".cache"));
            String offline = environment.getOrDefault("LAMINA_OFFLINE", "");
            return new Options(
                    datasets.map(folder -> List.of(folder.resolve("fashion-mnist")))
                            .orElse(List.of()),
                    cache.resolve("lamina/datasets/fashion-mnist"),
                    Path.of("/usr/share/datasets/fashion-mnist"),
                    offline.isEmpty() || offline.equals("0"),
                    OFFICIAL,
                    Duration.ofMinutes(5));
        }

        /** Empty too where the locale can't express the name, as C can't with letters beyond ASCII. */
        private static Optional<Path> path(String what, String text) {
            try {
                return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
            } catch (InvalidPathException e) {
                LOG.warn("{} is not used: {}. Set LC_ALL to C.UTF-8.", what, e.getReason());
                return Optional.empty();
            }
        }

        /** These options with a folder that is looked in before all others. */
        public Options withFolder(Path folder) {
            List<Path> longer = new ArrayList<>(folders);
            longer.addFirst(folder);
            return new Options(longer, cache, systemFolder, downloadAllowed, source, timeout);
        }

        public Options withCache(Path cache) {
            return new Options(folders, cache, systemFolder, downloadAllowed, source, timeout);
        }

        public Options withSystemFolder(Path systemFolder) {
            return new Options(folders, cache, systemFolder, downloadAllowed, source, timeout);
        }

        public Options withDownloadAllowed(boolean downloadAllowed) {
            return new Options(folders, cache, systemFolder, downloadAllowed, source, timeout);
        }

        public Options withSource(URI source) {
            return new Options(folders, cache, systemFolder, downloadAllowed, source, timeout);
        }

        public Options withTimeout(Duration timeout) {
            return new Options(folders, cache, systemFolder, downloadAllowed, source, timeout);
        }
    }

    /** Loads from the places that the environment names. */
    public static TrainTestData load() {
        return load(Options.defaults());
    }

    /** Loads from a folder, or with a warning from the places after it if the files are not there. */
    public static TrainTestData load(Path folder) {
        return load(Options.defaults().withFolder(folder));
    }

    /**
     * Loads from the first place that has all four files, packed or not.
     *
     * @return x uint8 {@code (60000, 28, 28)} and {@code (10000, 28, 28)}, y int32 {@code (60000,)} and
     *     {@code (10000,)}; a folder given may hold other numbers of samples. {@code xDividedBy(255)} brings the pixels
     *     to 0..1.
     * @throws DataException if no place has them, with all places tried, or if a file is malformed
     */
    public static TrainTestData load(Options options) {
        List<Path> places = new ArrayList<>(options.folders());
        places.add(options.cache());
        places.add(options.systemFolder());
        List<String> tried = new ArrayList<>();
        for (Path place : places) {
            String missing = missing(place);
            if (missing.isEmpty()) {
                LOG.debug("Fashion-MNIST from {}", place);
                return read(place);
            }
            tried.add(place + " (" + missing + ")");
            if (options.folders().contains(place)) {
                LOG.warn("No Fashion-MNIST in {} ({}); looking elsewhere.", place, missing);
            }
        }
        if (!options.downloadAllowed()) {
            throw new DataException(notFoundText(tried, "no download (turned off)"));
        }
        try {
            FashionMnistDownload.into(options.cache(), options.source(), options.timeout());
        } catch (DataException e) {
            throw new DataException(notFoundText(tried, "download (" + e.getMessage() + ")"), e);
        }
        return read(options.cache());
    }

    private static String notFoundText(List<String> tried, String download) {
        return "[FashionMnist] expected the files of Fashion-MNIST in one of the places tried; received "
                + "none: " + String.join(", ", tried) + ", " + download
                + ". Install them with \"apt-get install dataset-fashion-mnist\", or name a folder that holds "
                + String.join(", ", FILES) + ".";
    }

    /** What a folder lacks; empty if nothing. */
    private static String missing(Path folder) {
        if (!Files.isDirectory(folder)) {
            return "no such folder";
        }
        for (String file : FILES) {
            if (!Files.exists(file(folder, file))) {
                return "no " + file;
            }
        }
        return "";
    }

    private static Path file(Path folder, String name) {
        Path packed = folder.resolve(name);
        return Files.exists(packed) ? packed : folder.resolve(name.substring(0, name.length() - ".gz".length()));
    }

    private static TrainTestData read(Path folder) {
        return new TrainTestData(
                read(file(folder, TRAIN_IMAGES), file(folder, TRAIN_LABELS)),
                read(file(folder, TEST_IMAGES), file(folder, TEST_LABELS)),
                CLASS_NAMES);
    }

    private static LabeledData read(Path imageFile, Path labelFile) {
        HostArray images = IdxReader.read(imageFile);
        if (images.dtype() != DType.UINT8
                || images.shape().rank() != 3
                || images.shape().size(1) != SIDE
                || images.shape().size(2) != SIDE) {
            throw malformed("images uint8 (n, 28, 28)", imageFile, images.spec().toString());
        }
        HostArray labels = IdxReader.read(labelFile);
        if (labels.dtype() != DType.UINT8
                || labels.shape().rank() != 1
                || labels.shape().size(0) != images.shape().size(0)) {
            throw malformed(
                    "labels uint8 (" + images.shape().size(0) + ",), one for each image",
                    labelFile,
                    labels.spec().toString());
        }
        for (long i = 0, n = labels.elements(); i < n; i++) {
            if (labels.getLong(i) >= CLASS_NAMES.size()) {
                throw malformed("labels from 0 to 9", labelFile, labels.getLong(i) + " at index " + i);
            }
        }
        return new LabeledData(images, labels.cast(DType.INT32));
    }

    private static DataException malformed(String expected, Path file, String received) {
        return new DataException("[FashionMnist] expected " + expected + " in " + file + "; received " + received
                + ". Replace the file, or remove it so that another place is used.");
    }
}
