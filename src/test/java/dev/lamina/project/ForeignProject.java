package dev.lamina.project;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes somebody else's Maven project: its own pom, a layer of its own, and a main that trains with it. */
final class ForeignProject {
    private static final String POM = """
            <?xml version="1.0" encoding="UTF-8"?>
            <project xmlns="http://maven.apache.org/POM/4.0.0">
              <modelVersion>4.0.0</modelVersion>
              <groupId>com.example</groupId>
              <artifactId>stranger</artifactId>
              <version>1.0</version>
              <properties>
                <maven.compiler.release>25</maven.compiler.release>
                <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
              </properties>
              <dependencies>
                <dependency>
                  <groupId>dev.lamina</groupId>
                  <artifactId>lamina</artifactId>
                  <version>@lamina@</version>
                </dependency>
              </dependencies>
              <build>
                <plugins>
                  <!-- In the versions that Lamina's own build has downloaded. -->
                  <plugin>
                    <artifactId>maven-resources-plugin</artifactId>
                    <version>@maven-resources-plugin@</version>
                  </plugin>
                  <plugin>
                    <artifactId>maven-compiler-plugin</artifactId>
                    <version>@maven-compiler-plugin@</version>
                  </plugin>
                  <plugin>
                    <artifactId>maven-dependency-plugin</artifactId>
                    <version>@maven-dependency-plugin@</version>
                  </plugin>
                </plugins>
              </build>
            </project>
            """;

    private static final String LINEAR = """
            package com.example;

            import dev.lamina.layers.Layer;
            import dev.lamina.runtime.Ops;
            import dev.lamina.tensor.Shape;
            import dev.lamina.tensor.Tensor;
            import dev.lamina.tensor.Variable;

            final class Linear extends Layer {
                private final int units;
                private Variable kernel;
                private Variable bias;

                Linear(int units) {
                    this.units = units;
                }

                @Override
                protected void build(Shape input) {
                    kernel = addWeight("kernel", Shape.of(input.size(-1), units), "glorot_uniform");
                    bias = addWeight("bias", Shape.of(units), "zeros");
                }

                @Override
                protected Tensor call(Tensor x) {
                    return Ops.add(Ops.matmul(x, kernel), bias);
                }
            }
            """;

    private static final String MAIN = """
            package com.example;

            import dev.lamina.layers.Activation;
            import dev.lamina.models.FitOptions;
            import dev.lamina.models.Sequential;
            import dev.lamina.tensor.HostArray;
            import java.util.Random;

            public final class Main {
                private Main() {}

                /** Two classes: whether the point lies above a parabola. */
                public static void main(String[] arguments) {
                    Random random = new Random(7);
                    float[] points = new float[2 * 512];
                    int[] labels = new int[512];
                    for (int i = 0; i < labels.length; i++) {
                        points[2 * i] = random.nextFloat() * 2 - 1;
                        points[2 * i + 1] = random.nextFloat() * 2 - 1;
                        labels[i] = points[2 * i + 1] > points[2 * i] * points[2 * i] - 0.3f ? 1 : 0;
                    }
                    HostArray x = HostArray.of(points, 512, 2);
                    HostArray y = HostArray.of(labels);
                    try (Sequential model = Sequential.of(
                            new Linear(16), new Activation("relu"), new Linear(2), new Activation("softmax"))) {
                        model.compile("adam", "sparse_categorical_crossentropy", "accuracy");
                        model.fit(x, y, FitOptions.epochs(20).verbose(false))
                                .get("loss")
                                .forEach(loss -> System.out.println("loss " + loss));
                    }
                }
            }
            """;

    private ForeignProject() {}

    /** @param ownPom Lamina's pom, which names the versions */
    static void write(Path folder, String ownPom) throws IOException {
        String pom = POM.replace("@lamina@", laminaVersion(ownPom));
        for (String plugin : new String[] {"resources", "compiler", "dependency"}) {
            String artifact = "maven-" + plugin + "-plugin";
            pom = pom.replace(
                    "@" + artifact + "@", after(ownPom, "<artifactId>" + artifact + "</artifactId>", "<version>"));
        }
        Path sources = Files.createDirectories(folder.resolve("src/main/java/com/example"));
        Files.writeString(folder.resolve("pom.xml"), pom);
        Files.writeString(sources.resolve("Linear.java"), LINEAR);
        Files.writeString(sources.resolve("Main.java"), MAIN);
    }

    static String laminaVersion(String ownPom) {
        return after(ownPom, "<artifactId>lamina</artifactId>", "<version>");
    }

    /** The text of the first such element after a mark. */
    private static String after(String pom, String mark, String element) {
        int from = pom.indexOf(element, pom.indexOf(mark));
        if (!pom.contains(mark) || from < 0) {
            throw new AssertionError("expected " + mark + " and then " + element + " in Lamina's pom.xml");
        }
        return pom.substring(from + element.length(), pom.indexOf('<', from + 1));
    }
}
