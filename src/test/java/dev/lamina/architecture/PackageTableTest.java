package dev.lamina.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackageTableTest {
    @ParameterizedTest(name = "{0} imports {1}: {2}")
    @CsvSource({
        "dev.lamina.ops, dev.lamina.tensor, true",
        "dev.lamina.tensor, dev.lamina.ops, false",
        "dev.lamina.graph.passes, dev.lamina.graph, true",
        "dev.lamina.backend.cpu, dev.lamina.graph, true",
        "dev.lamina.backend.cpu, dev.lamina.runtime, false",
        "dev.lamina.backend.cuda, dev.lamina.backend.cpu, false",
        "dev.lamina.backend, dev.lamina.backend.cpu, false",
        "dev.lamina.cli, dev.lamina.backend.cuda, false",
        "dev.lamina.losses, dev.lamina.layers, false",
        "dev.lamina.metrics, dev.lamina.losses, true",
        "dev.lamina.optimizers, dev.lamina.models, false",
        "dev.lamina.data, dev.lamina.tensor, true",
        "dev.lamina.data, dev.lamina.runtime, false",
        "dev.lamina.models, dev.lamina.saving, false",
        "dev.lamina.cli, dev.lamina.saving, true",
        "dev.lamina.unknown, dev.lamina.tensor, false",
        "dev.lamina.tensor, dev.lamina.unknown, false",
    })
    void followsTheOrderOfThePackages(String from, String to, boolean allowed) {
        assertThat(PackageTable.mayImport(PackageTable.entryOf(from), PackageTable.entryOf(to)))
                .isEqualTo(allowed);
    }
}
