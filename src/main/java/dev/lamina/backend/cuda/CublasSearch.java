package dev.lamina.backend.cuda;

import dev.lamina.backend.NativeFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Finds cuBLAS and loads it: version 12, which JCublas is linked against, or else 13 with the bridge of
 * {@code native/cublas-bridge} before it. Version 12 comes first, wherever it lies: it runs on every driver from 525 on
 * and needs no bridge.
 */
final class CublasSearch {
    /** A file, or a folder that holds cuBLAS 12 or 13: the only place that is looked at then. */
    static final String VARIABLE = "LAMINA_CUBLAS";

    /** In the description of what was found: it is version 13. */
    static final String THROUGH_BRIDGE = " through the bridge";

    private static final String TWELVE = "libcublas.so.12";
    private static final String THIRTEEN = "libcublas.so.13";
    private static final List<String> TWELVE_COMPANIONS = List.of("libcublasLt.so.12");
    private static final List<String> THIRTEEN_COMPANIONS = List.of("libcublasLt.so.13");

    /** CUDA 13.0, as the driver counts versions. */
    private static final int DRIVER_OF_THIRTEEN = 13000;

    private static final String BRIDGE_FOLDER = "dev/lamina/cuda/bridge/";

    private final LibrarySearch search = new LibrarySearch();
    private final LibraryPlaces places;
    private final int driverVersion;

    private CublasSearch(LibraryPlaces places, int driverVersion) {
        this.places = places;
        this.driverVersion = driverVersion;
    }

    /**
     * Looks for cuBLAS; the answer says what was found, or why nothing was.
     *
     * @param driverVersion the newest CUDA version that the driver serves, as 1000 * major + 10 * minor
     */
    static LibrarySearch run(LibraryPlaces places, int driverVersion) {
        CublasSearch cublas = new CublasSearch(places, driverVersion);
        String chosen = places.variables().getOrDefault(VARIABLE, "");
        if (chosen.isEmpty()) {
            cublas.everywhere();
        } else {
            cublas.chosen(chosen);
        }
        return cublas.search;
    }

    private void chosen(String text) {
        search.tried(VARIABLE);
        try {
            // A bare name would be looked for elsewhere by the loader.
            chosen(Path.of(text).toAbsolutePath());
        } catch (InvalidPathException e) {
            search.reject(VARIABLE + " is no path here: " + e.getMessage());
        }
    }

    private void chosen(Path path) {
        if (Files.isDirectory(path)) {
            List<LibraryPlaces.Place> place = List.of(new LibraryPlaces.Place(VARIABLE, path));
            if (!search.inFolders(TWELVE, place, TWELVE_COMPANIONS)) {
                thirteen(place);
            }
            if (search.found().isEmpty() && search.rejected().isEmpty()) {
                search.reject(path + " holds neither " + TWELVE + " nor " + THIRTEEN);
            }
            return;
        }
        if (!search.isWhole(path)) {
            return;
        }
        String name = name(path);
        switch (name) {
            case TWELVE -> search.load(path, TWELVE_COMPANIONS);
            case THIRTEEN -> {
                if (driverServesThirteen(path.toString()) && search.load(path, THIRTEEN_COMPANIONS)) {
                    bridge(path.toString());
                }
            }
            default -> search.reject(path + " is " + name + ", not " + TWELVE + " or " + THIRTEEN);
        }
    }

    private static String name(Path file) {
        try {
            return ElfFile.read(file).name().orElse("a library without a name");
        } catch (IOException e) {
            return "a file that can't be read";
        }
    }

    private void everywhere() {
        places.missing().forEach(search::reject);
        List<LibraryPlaces.Place> folders = places.cublas();
        if (search.byName(TWELVE, places, TWELVE_COMPANIONS) || search.inFolders(TWELVE, folders, TWELVE_COMPANIONS)) {
            return;
        }
        if (driverVersion < DRIVER_OF_THIRTEEN) {
            Stream.of(places.loaderPath(), places.system(), folders).forEach(this::thirteen);
        } else if (search.byName(THIRTEEN, places, THIRTEEN_COMPANIONS)) {
            bridge(search.found().orElse(THIRTEEN));
        } else {
            thirteen(folders);
        }
    }

    private void thirteen(List<LibraryPlaces.Place> folders) {
        if (driverVersion < DRIVER_OF_THIRTEEN) {
            for (LibraryPlaces.Place place : folders) {
                Path file = place.folder().resolve(THIRTEEN);
                if (Files.exists(file)) {
                    driverServesThirteen(file.toString());
                }
            }
            return;
        }
        if (search.inFolders(THIRTEEN, folders, THIRTEEN_COMPANIONS)) {
            bridge(search.found().orElse(THIRTEEN));
        }
    }

    private boolean driverServesThirteen(String file) {
        if (driverVersion >= DRIVER_OF_THIRTEEN) {
            return true;
        }
        search.reject(file + " needs a driver that serves CUDA 13, 580 or newer; this one serves CUDA "
                + CudaProbe.version(driverVersion));
        return false;
    }

    /** Puts the bridge into the process; it finds cuBLAS 13, which is there already. */
    private void bridge(String thirteen) {
        if (CublasSearch.class.getClassLoader().getResource(BRIDGE_FOLDER + TWELVE) == null) {
            search.reject(thirteen + " needs the bridge, which this Lamina lacks: it was built where there was no gcc");
            search.lost();
            return;
        }
        try {
            Path bridge =
                    NativeFiles.unpack("cublas-bridge", BRIDGE_FOLDER, TWELVE).resolve(TWELVE);
            if (!search.load(bridge, List.of())) {
                search.lost();
                return;
            }
            int missing = missing(bridge);
            search.found(
                    thirteen + THROUGH_BRIDGE + (missing == 0 ? "" : ", which lacks " + missing + " of its functions"));
        } catch (IOException e) {
            search.reject(thirteen + " needs the bridge, which can't be unpacked: " + e);
            search.lost();
        }
    }

    private static int missing(Path bridge) {
        SymbolLookup functions = SymbolLookup.libraryLookup(bridge, Arena.global());
        MemorySegment function = functions.findOrThrow("lamina_bridge_missing");
        try {
            return (int) Linker.nativeLinker()
                    .downcallHandle(function, FunctionDescriptor.of(ValueLayout.JAVA_INT))
                    .invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException("[cuda] expected an answer of the bridge to cuBLAS 13.", e);
        }
    }
}
