package dev.lamina.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The inputs with which {@code src/test/scripts/fuzz.sh} once found a parser at fault: each is read or refused as it
 * should be, in bounded time.
 */
final class FuzzRegressionTest {
    private static final Path KEPT = Path.of("src/test/resources/dev/lamina/fuzz");

    static Stream<Arguments> kept() throws IOException {
        Stream.Builder<Arguments> inputs = Stream.builder();
        for (Parser parser : Parser.values()) {
            Path folder = KEPT.resolve(parser.folder());
            if (Files.isDirectory(folder)) {
                try (Stream<Path> files = Files.list(folder)) {
                    files.sorted().forEach(file -> inputs.add(Arguments.of(parser, file)));
                }
            }
        }
        return inputs.build();
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("kept")
    void keptInput(Parser parser, Path file) {
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> parser.accepts(file));
    }

    @ParameterizedTest
    @EnumSource
    void seedsAreRead(Parser parser, @TempDir Path folder) throws IOException {
        List<Path> seeds = Seeds.write(parser, folder);
        assertThat(seeds).isNotEmpty().allMatch(parser::accepts);
    }

    @ParameterizedTest
    @EnumSource
    void nothingAndNoiseAreRefused(Parser parser, @TempDir Path folder) throws IOException {
        assertThat(parser.accepts(Files.write(folder.resolve("nothing"), new byte[0])))
                .isFalse();
        assertThat(parser.accepts(Files.write(folder.resolve("noise"), new byte[] {7, -1, 0, 99, 12, 34, -56, 78})))
                .isFalse();
    }
}
