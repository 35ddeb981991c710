package dev.lamina.ops;

import java.util.List;
import java.util.stream.Stream;

/**
 * Every op with the inputs it is tested on. Whatever is tested or measured of all ops goes by this list; an op that is
 * not in it fails {@link OpCatalogueCompletenessTest}.
 */
final class OpCatalogue {
    /** Sizes that hit the edges of vector and block loops (after Lucene). */
    static final List<Integer> AWKWARD_SIZES = List.of(0, 1, 4, 6, 13, 207, 4098);

    static final List<OpCase> CASES = Stream.of(
                    UnaryCases.all(),
                    BinaryCases.all(),
                    ReductionCases.all(),
                    MatrixCases.all(),
                    ShapeCases.all(),
                    IndexCases.all(),
                    SoftmaxCases.all(),
                    ImageCases.all(),
                    LayerNormCases.all(),
                    SourceCases.all(),
                    FusedCases.all(),
                    OptimizerCases.all())
            .flatMap(List::stream)
            .toList();

    private OpCatalogue() {}
}
