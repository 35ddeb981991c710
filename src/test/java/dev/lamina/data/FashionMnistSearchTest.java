package dev.lamina.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DataException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In which order the places are looked in. Each place here holds images of another grey. */
class FashionMnistSearchTest {
    @TempDir
    Path folder;

    private FashionMnist.Options options;

    @BeforeEach
    void noPlaceHasFiles() {
        options = new FashionMnist.Options(
                List.of(folder.resolve("named")),
                folder.resolve("cache"),
                folder.resolve("system"),
                false,
                URI.create("http://127.0.0.1:1/"),
                Duration.ofSeconds(1));
    }

    private static void fill(Path place, int grey, int label) {
        byte[] images = new byte[3 * 28 * 28];
        java.util.Arrays.fill(images, (byte) grey);
        byte[] imageFile = DataFiles.gzip(DataFiles.idx(8, new int[] {3, 28, 28}, images));
        byte[] labelFile = DataFiles.gzip(DataFiles.idx(8, new int[] {3}, new byte[] {9, 0, (byte) label}));
        DataFiles.write(place.resolve(FashionMnist.TRAIN_IMAGES), imageFile);
        DataFiles.write(place.resolve(FashionMnist.TRAIN_LABELS), labelFile);
        DataFiles.write(place.resolve(FashionMnist.TEST_IMAGES), imageFile);
        DataFiles.write(place.resolve(FashionMnist.TEST_LABELS), labelFile);
    }

    private static long grey(TrainTestData data) {
        return data.train().x().getLong(0);
    }

    @Test
    void earlierPlacesWin() {
        fill(folder.resolve("system"), 1, 1);
        assertThat(grey(FashionMnist.load(options))).isEqualTo(1);
        fill(folder.resolve("cache"), 2, 1);
        assertThat(grey(FashionMnist.load(options))).isEqualTo(2);
        fill(folder.resolve("named"), 3, 1);
        assertThat(grey(FashionMnist.load(options))).isEqualTo(3);
        fill(folder.resolve("given"), 4, 1);
        assertThat(grey(FashionMnist.load(options.withFolder(folder.resolve("given")))))
                .isEqualTo(4);
    }

    @Test
    void typesAndNames() {
        fill(folder.resolve("cache"), 200, 5);
        TrainTestData data = FashionMnist.load(options);
        assertThat(data.train().x().spec()).hasToString("uint8 (3, 28, 28)");
        assertThat(data.test().y().spec()).hasToString("int32 (3,)");
        assertThat(data.test().y().toLongArray()).containsExactly(9, 0, 5);
        assertThat(data.classNames()).hasSize(10).startsWith("T-shirt/top").endsWith("Ankle boot");
    }

    @Test
    void aPlaceThatLacksAFileIsPassedOver() throws Exception {
        fill(folder.resolve("cache"), 2, 1);
        fill(folder.resolve("named"), 3, 1);
        java.nio.file.Files.delete(folder.resolve("named").resolve(FashionMnist.TEST_LABELS));
        assertThat(grey(FashionMnist.load(options))).isEqualTo(2);
    }

    @Test
    void unpackedFilesAreTaken() {
        fill(folder.resolve("cache"), 2, 1);
        Path named = folder.resolve("named");
        fill(named, 3, 1);
        for (String file : List.of(
                FashionMnist.TRAIN_IMAGES,
                FashionMnist.TRAIN_LABELS,
                FashionMnist.TEST_IMAGES,
                FashionMnist.TEST_LABELS)) {
            named.resolve(file)
                    .toFile()
                    .renameTo(named.resolve(file.replace(".gz", "")).toFile());
        }
        assertThat(grey(FashionMnist.load(options))).isEqualTo(3);
    }

    @Test
    void nothingFound() {
        assertThatThrownBy(() -> FashionMnist.load(options))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "[FashionMnist] expected the files of Fashion-MNIST in one of the places tried; received none: "
                                + folder.resolve("named") + " (no such folder), " + folder.resolve("cache")
                                + " (no such folder), " + folder.resolve("system")
                                + " (no such folder), no download (turned off). Install them with \"apt-get install "
                                + "dataset-fashion-mnist\", or name a folder that holds train-images-idx3-ubyte.gz, "
                                + "train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz.");
    }

    @Test
    void malformedFilesAreNotPassedOver() {
        fill(folder.resolve("system"), 1, 1);
        fill(folder.resolve("cache"), 2, 10);
        Path labels = folder.resolve("cache").resolve(FashionMnist.TRAIN_LABELS);
        assertThatThrownBy(() -> FashionMnist.load(options))
                .isInstanceOf(DataException.class)
                .hasMessage("[FashionMnist] expected labels from 0 to 9 in " + labels
                        + "; received 10 at index 2. Replace the "
                        + "file, or remove it so that another place is used.");
        DataFiles.write(labels, DataFiles.idx(8, new int[] {2}, new byte[2]));
        assertThatThrownBy(() -> FashionMnist.load(options))
                .hasMessageStartingWith("[FashionMnist] expected labels uint8 (3,), one for each image in " + labels
                        + "; received uint8 (2,)");
        Path images = folder.resolve("cache").resolve(FashionMnist.TRAIN_IMAGES);
        DataFiles.write(images, DataFiles.idx(8, new int[] {2, 2}, new byte[4]));
        assertThatThrownBy(() -> FashionMnist.load(options))
                .hasMessageStartingWith(
                        "[FashionMnist] expected images uint8 (n, 28, 28) in " + images + "; received uint8 (2, 2)");
    }

    @Test
    void theEnvironmentNamesThePlaces() {
        Path home = Path.of("/home/ada");
        FashionMnist.Options plain = FashionMnist.Options.of(Map.of(), home);
        assertThat(plain.folders()).isEmpty();
        assertThat(plain.cache()).isEqualTo(Path.of("/home/ada/.cache/lamina/datasets/fashion-mnist"));
        assertThat(plain.systemFolder()).isEqualTo(Path.of("/usr/share/datasets/fashion-mnist"));
        assertThat(plain.downloadAllowed()).isTrue();
        FashionMnist.Options named = FashionMnist.Options.of(
                Map.of("LAMINA_DATASETS", "/data", "XDG_CACHE_HOME", "/var/cache/ada", "LAMINA_OFFLINE", "1"), home);
        assertThat(named.folders()).containsExactly(Path.of("/data/fashion-mnist"));
        assertThat(named.cache()).isEqualTo(Path.of("/var/cache/ada/lamina/datasets/fashion-mnist"));
        assertThat(named.downloadAllowed()).isFalse();
        assertThat(FashionMnist.Options.of(Map.of("XDG_CACHE_HOME", "relative", "LAMINA_OFFLINE", "0"), home))
                .isEqualTo(plain);
    }

    /** As names with other letters than ASCII's are where the locale is C. */
    @Test
    void whatIsNoPathNamesNoPlace() {
        Path home = Path.of("/home/ada");
        assertThat(FashionMnist.Options.of(Map.of("LAMINA_DATASETS", "/da\0ta", "XDG_CACHE_HOME", "/ca\0che"), home))
                .isEqualTo(FashionMnist.Options.of(Map.of(), home));
    }
}
