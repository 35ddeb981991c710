package dev.lamina.backend.cuda;

import java.nio.file.Path;
import java.util.List;

/**
 * Finds cublasLt, of the version of the cuBLAS that was found: cuBLAS is linked against it, so that it is in the
 * process by then, from beside it. Where it is not, it is looked for as cuBLAS is.
 */
final class CublasLtSearch {
    private static final String TWELVE = "libcublasLt.so.12";
    private static final String THIRTEEN = "libcublasLt.so.13";

    private CublasLtSearch() {}

    /** The library's name for the loader, beside that cuBLAS. */
    static String name(LibrarySearch cublas) {
        return cublas.found().orElse("").contains(CublasSearch.THROUGH_BRIDGE) ? THIRTEEN : TWELVE;
    }

    /** Looks for it beside the cuBLAS of this machine. */
    static LibrarySearch run(LibraryPlaces places, LibrarySearch cublas) {
        LibrarySearch search = new LibrarySearch();
        String library = name(cublas);
        if (!search.byName(library, places, List.of())) {
            search.inFolders(library, places.cublas(), List.of());
        }
        return search;
    }

    /** Looks for it beside a stand-in for cuBLAS and nowhere else. */
    static LibrarySearch beside(Path standIn) {
        LibrarySearch search = new LibrarySearch();
        search.tried(NativeLibraries.CUBLAS_PROPERTY);
        Path file = standIn.toAbsolutePath().resolveSibling(TWELVE);
        if (search.isWhole(file)) {
            search.load(file, List.of());
        }
        return search;
    }
}
