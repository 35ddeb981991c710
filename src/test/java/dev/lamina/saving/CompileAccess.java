package dev.lamina.saving;

import dev.lamina.models.CompileOptions;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** What a .keras file says of the training, for tests of other packages: fresh, without the optimizer's state. */
public final class CompileAccess {
    private CompileAccess() {}

    public static Optional<CompileOptions> read(Path file) {
        try (ArchiveReader archive = ArchiveReader.open(file)) {
            return archive.config().get("compile_config") instanceof Map<?, ?> config
                    ? CompileConfig.read(Json.object(config, "compile_config"))
                    : Optional.empty();
        }
    }
}
