package dev.lamina.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Unpacking from the class path; any resources do. */
@DisabledOnOs(OS.WINDOWS)
class NativeFilesTest {
    private static final String FOLDER = "org/assertj/core/api/";
    private static final String FIRST = "Assertions.class";
    private static final String SECOND = "Assert.class";

    @TempDir
    private Path cache;

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = NativeFilesTest.class.getClassLoader().getResourceAsStream(FOLDER + name)) {
            return in.readAllBytes();
        }
    }

    @Test
    void unpacksIntoAFolderOfTheUsersOwn() throws IOException {
        Path folder = NativeFiles.unpackBelow(cache.resolve("a/b"), "test", FOLDER, FIRST, SECOND);
        assertThat(folder.getParent()).isEqualTo(cache.resolve("a/b"));
        assertThat(folder.getFileName().toString()).startsWith("test-");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
        assertThat(folder.resolve(FIRST)).hasBinaryContent(resource(FIRST));
        assertThat(folder.resolve(SECOND)).hasBinaryContent(resource(SECOND));
        assertThat(files(folder)).containsExactlyInAnyOrder(FIRST, SECOND);
    }

    @Test
    void unpacksOnce() throws IOException {
        Path folder = NativeFiles.unpackBelow(cache, "test", FOLDER, FIRST);
        Object before = Files.readAttributes(folder.resolve(FIRST), "unix:ino").get("ino");
        assertThat(NativeFiles.unpackBelow(cache, "test", FOLDER, FIRST)).isEqualTo(folder);
        assertThat(Files.readAttributes(folder.resolve(FIRST), "unix:ino").get("ino"))
                .isEqualTo(before);
    }

    @Test
    void replacesAFileThatWasCutShort() throws IOException {
        Path folder = NativeFiles.unpackBelow(cache, "test", FOLDER, FIRST);
        Files.write(folder.resolve(FIRST), new byte[10]);
        NativeFiles.unpackBelow(cache, "test", FOLDER, FIRST);
        assertThat(folder.resolve(FIRST)).hasBinaryContent(resource(FIRST));
    }

    @Test
    void closesAFolderThatOthersCouldWriteToAndTrustsNothingInIt() throws IOException {
        Path folder = NativeFiles.unpackBelow(cache, "test", FOLDER, FIRST);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.write(folder.resolve(FIRST), new byte[resource(FIRST).length]);
        NativeFiles.unpackBelow(cache, "test", FOLDER, FIRST);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
        assertThat(folder.resolve(FIRST)).hasBinaryContent(resource(FIRST));
    }

    @Test
    void doesNotUseACacheWhoseFoldersOthersCouldExchange() throws IOException {
        Path open = Files.createDirectories(cache.resolve("open"));
        Path below = Files.createDirectories(open.resolve("lamina/natives"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path folder = NativeFiles.unpackBelow(below, "test", FOLDER, FIRST);
        assertThat(folder.toString()).doesNotContain(cache.toString());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwx------"));
        assertThat(NativeFiles.unpackBelow(below, "test", FOLDER, FIRST).getParent())
                .isEqualTo(below);
    }

    @Test
    void usesATemporaryFolderWhereTheCacheCannotBeUsed() throws IOException {
        Path file = Files.createFile(cache.resolve("file"));
        for (Path unusable : new Path[] {file, Path.of("relative")}) {
            Path folder = NativeFiles.unpackBelow(unusable, "test", FOLDER, FIRST);
            assertThat(folder.toString())
                    .startsWith(System.getProperty("java.io.tmpdir"))
                    .doesNotContain(cache.toString());
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                    .isEqualTo("rwx------");
            assertThat(folder.resolve(FIRST)).hasBinaryContent(resource(FIRST));
        }
    }

    @Test
    void theCacheIsTheUsersAndRelativeWhereThereIsNone() {
        Path below = Path.of("lamina/natives");
        Path home = Path.of("/home/ada/.cache").resolve(below);
        assertThat(NativeFiles.cacheFolder(Map.of("XDG_CACHE_HOME", "/cache"), "/home/ada"))
                .isEqualTo(Path.of("/cache").resolve(below));
        for (String unusable : new String[] {"", "relative", "/ca\0che"}) {
            Map<String, String> environment = Map.of("XDG_CACHE_HOME", unusable);
            assertThat(NativeFiles.cacheFolder(environment, "/home/ada")).isEqualTo(home);
            assertThat(NativeFiles.cacheFolder(environment, unusable)).isEqualTo(below);
        }
    }

    @Test
    void doesNotFollowALinkThatSomebodyPutThere() throws IOException {
        Path name = NativeFiles.unpackBelow(cache, "test", FOLDER, FIRST).getFileName();
        Path other = Files.createDirectory(cache.resolve("other"));
        Path elsewhere = Files.createDirectory(cache.resolve("elsewhere"));
        Files.createSymbolicLink(other.resolve(name), elsewhere);
        Path folder = NativeFiles.unpackBelow(other, "test", FOLDER, FIRST);
        assertThat(folder).isNotEqualTo(other.resolve(name));
        assertThat(files(elsewhere)).isEmpty();
        assertThat(folder.resolve(FIRST)).hasBinaryContent(resource(FIRST));
    }

    @Test
    void needsTheFirstResourceButNotTheOthers() throws IOException {
        assertThatThrownBy(() -> NativeFiles.unpackBelow(cache, "test", FOLDER, "missing.so"))
                .isInstanceOf(IOException.class)
                .hasMessage("org/assertj/core/api/missing.so is not on the class path");
        Path folder = NativeFiles.unpackBelow(cache, "test", FOLDER, FIRST, "missing.so");
        assertThat(files(folder)).containsExactly(FIRST);
    }

    @Test
    void severalAtOnceLeaveOneGoodFile() throws InterruptedException, IOException {
        Set<Object> results = ConcurrentHashMap.newKeySet();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    Path folder = NativeFiles.unpackBelow(cache, "test", FOLDER, FIRST, SECOND);
                    results.add(folder + " " + Files.size(folder.resolve(FIRST)));
                } catch (IOException e) {
                    results.add(e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        Path folder = NativeFiles.unpackBelow(cache, "test", FOLDER, FIRST, SECOND);
        assertThat(results).containsExactly(folder + " " + resource(FIRST).length);
        assertThat(files(folder)).containsExactlyInAnyOrder(FIRST, SECOND);
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
