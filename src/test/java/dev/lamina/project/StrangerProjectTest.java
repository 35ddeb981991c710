package dev.lamina.project;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Somebody else's Maven project depends on the finished jar, is built offline, and trains with plain {@code java -cp},
 * without a flag. Runs after the jar is made, in the phase integration-test.
 *
 * <p>Enable-Native-Access in the manifest counts only for the jar that is started with {@code java -jar}. So the JVM
 * may warn once that Lamina calls native code, and SLF4J that nobody listens; nothing else may appear.
 */
final class StrangerProjectTest {
    private static final Path PROJECT =
            Path.of(System.getProperty("basedir", "")).toAbsolutePath().normalize();

    /** Everything comes out of the repository of the build around the test; it holds no checksums. */
    private static final String SETTINGS = """
            <settings>
              <profiles>
                <profile>
                  <id>outer</id>
                  <activation><activeByDefault>true</activeByDefault></activation>
                  <repositories>
                    <repository>
                      <id>central</id>
                      <url>@outer@</url>
                      <releases><checksumPolicy>ignore</checksumPolicy></releases>
                    </repository>
                  </repositories>
                  <pluginRepositories>
                    <pluginRepository>
                      <id>central</id>
                      <url>@outer@</url>
                      <releases><checksumPolicy>ignore</checksumPolicy></releases>
                    </pluginRepository>
                  </pluginRepositories>
                </profile>
              </profiles>
            </settings>
            """;

    private static final List<Pattern> ALLOWED = Stream.of(
                    "WARNING: A restricted method in java\\.lang\\..* has been called",
                    "WARNING: java\\.lang\\..* has been called by dev\\.lamina\\..* in an unnamed module \\(file:.*\\)",
                    "WARNING: Use --enable-native-access=ALL-UNNAMED to avoid a warning for callers in this module",
                    "WARNING: Restricted methods will be blocked in a future release unless native access is enabled",
                    "SLF4J\\(W\\): No SLF4J providers were found\\.",
                    "SLF4J\\(W\\): Defaulting to no-operation \\(NOP\\) logger implementation",
                    "SLF4J\\(W\\): See https://www\\.slf4j\\.org/codes\\.html#noProviders for further details\\.",
                    "")
            .map(Pattern::compile)
            .toList();

    @Test
    void aForeignProjectTrainsWithoutFlags() throws Exception {
        Path jar = PROJECT.resolve("target/lamina.jar");
        Assumptions.assumeTrue(Files.exists(jar), "no " + jar + " yet; mvn verify makes it before this test");
        Path work = PROJECT.resolve("target/stranger-project");
        delete(work);
        Path repository = Files.createDirectories(work.resolve("repository"));
        String pom = Files.readString(PROJECT.resolve("pom.xml"));
        install(repository, pom, jar);
        Path folder = Files.createDirectories(work.resolve("project"));
        ForeignProject.write(folder, pom);
        String classPath = build(folder, repository);
        for (String launcherOnly : List.of("picocli", "logback", "javacpp")) {
            assertFalse(classPath.contains(launcherOnly), () -> launcherOnly + " on a user's class path: " + classPath);
        }

        Result run =
                run(folder, List.of(javaHome().resolve("bin/java").toString(), "-cp", classPath, "com.example.Main"));

        assertEquals(0, run.exitCode(), () -> "exit code of com.example.Main; it printed:\n" + run);
        List<Double> losses = run.out().stream()
                .map(line -> Double.parseDouble(line.replace("loss ", "")))
                .toList();
        assertEquals(20, losses.size(), () -> "number of epochs; it printed:\n" + run);
        assertTrue(losses.getLast() < 0.7 * losses.getFirst(), () -> "expected the loss to fall; found " + losses);
        List<String> unexpected = run.err().stream()
                .filter(line -> ALLOWED.stream()
                        .noneMatch(pattern -> pattern.matcher(line).matches()))
                .toList();
        assertEquals(List.of(), unexpected, "lines on stderr that are not allowed there");
    }

    /** As {@code mvn install} would, but into a repository that is nobody's. */
    private static void install(Path repository, String pom, Path jar) throws IOException {
        String version = ForeignProject.laminaVersion(pom);
        Path target =
                Files.createDirectories(repository.resolve("dev/lamina/lamina").resolve(version));
        Files.copy(jar, target.resolve("lamina-" + version + ".jar"));
        Files.writeString(target.resolve("lamina-" + version + ".pom"), pom);
    }

    /** Compiles the project offline, from what Lamina's build has downloaded; returns the class path to run it with. */
    private static String build(Path folder, Path repository) throws Exception {
        Path settings = folder.resolve("settings.xml");
        Files.writeString(
                settings, SETTINGS.replace("@outer@", outerRepository().toUri().toString()));
        Path classPath = folder.resolve("classpath.txt");
        Result build = run(
                folder,
                List.of(
                        "mvn",
                        "--batch-mode",
                        "--offline",
                        "--no-transfer-progress",
                        "--settings",
                        settings.toString(),
                        "-Daether.offline.protocols=file",
                        "-Dmaven.repo.local=" + repository,
                        "-Dmdep.outputFile=" + classPath,
                        "-Dmdep.includeScope=runtime",
                        "compile",
                        "dependency:build-classpath"));
        assertEquals(0, build.exitCode(), () -> "exit code of Maven for the foreign project; it printed:\n" + build);
        return folder.resolve("target/classes")
                + File.pathSeparator
                + Files.readString(classPath).strip();
    }

    /** The local repository of the build that runs this test; Surefire says where. */
    private static Path outerRepository() {
        String named = System.getProperty("maven.repo.local", System.getProperty("localRepository", ""));
        return named.isEmpty() ? Path.of(System.getProperty("user.home"), ".m2/repository") : Path.of(named);
    }

    private static Path javaHome() {
        return Path.of(System.getProperty("java.home"));
    }

    /** What a process printed, and its exit code. */
    private record Result(int exitCode, List<String> out, List<String> err) {
        @Override
        public String toString() {
            List<String> lines = new ArrayList<>(out);
            lines.addAll(err);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
        }
    }

    /** Runs a program on the JDK of this test, with none of the flags that an environment may carry. */
    private static Result run(Path folder, List<String> command) throws Exception {
        Path out = Files.createTempFile(folder, "out", ".txt");
        Path err = Files.createTempFile(folder, "err", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        Map<String, String> environment = builder.environment();
        List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "MAVEN_OPTS", "MAVEN_ARGS")
                .forEach(environment::remove);
        environment.put("JAVA_HOME", javaHome().toString());
        Process process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            throw new AssertionError("not done after 120 s: " + command);
        }
        return new Result(process.exitValue(), Files.readAllLines(out), Files.readAllLines(err));
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
