package dev.lamina.backend.cuda;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One search for one of NVIDIA's libraries: loads the first that can be loaded, and remembers what was wrong with those
 * before it.
 */
final class LibrarySearch {
    private static final Path MAPPINGS = Path.of("/proc/self/maps");
    private static final String DRIVER_FILE = "/libcuda.so.";

    /** What a file is to the system's loader, which itself passes over one that is missing or for another processor. */
    private enum State {
        WHOLE,
        CUT_SHORT,
        PASSED_OVER
    }

    private final Set<String> kinds = new LinkedHashSet<>();
    private final Set<String> rejected = new LinkedHashSet<>();
    private Optional<String> found = Optional.empty();

    /** What was found, for people: a path, or a path and what was added to it. */
    Optional<String> found() {
        return found;
    }

    /** The kinds of places that were looked at, such as {@code library path} and {@code CUDA_HOME}. */
    List<String> tried() {
        return List.copyOf(kinds);
    }

    /** The libraries that are there and can't be used, each with the reason. */
    List<String> rejected() {
        return List.copyOf(rejected);
    }

    /** {@code tried: library path, CUDA_HOME; /opt/x/libcublas.so.12 is cut short}. */
    String description() {
        String places = "tried: " + String.join(", ", kinds);
        return rejected.isEmpty() ? places : places + "; " + String.join("; ", rejected);
    }

    void reject(String what) {
        rejected.add(what);
    }

    void tried(String kind) {
        kinds.add(kind);
    }

    /**
     * Looks for a library where the system's loader looks: what the process has, LD_LIBRARY_PATH, the system's folders.
     * A file that was cut short would end the process once the loader maps it, so it is seen before and passed over, as
     * the loader itself passes over one for another processor.
     */
    boolean byName(String library, LibraryPlaces places, List<String> companions) {
        tried("library path");
        if (mapped(library).isPresent()) {
            return byLoader(library);
        }
        List<LibraryPlaces.Place> first = places.loaderPath();
        List<LibraryPlaces.Place> system = places.system();
        if (inAny(library, first, companions)) {
            return true;
        }
        // What is whole and still there did not load: the loader would go no further than that.
        boolean stuck = first.stream()
                .map(place -> stateOf(place.folder().resolve(library)))
                .anyMatch(state -> state == State.WHOLE || state == State.CUT_SHORT);
        boolean unsafe = system.stream()
                .filter(place -> Files.exists(place.folder().resolve(library)))
                .flatMap(place ->
                        Stream.concat(Stream.of(library), companions.stream()).map(place.folder()::resolve))
                .anyMatch(file -> stateOf(file) == State.CUT_SHORT);
        return stuck || unsafe ? inAny(library, system, companions) : byLoader(library);
    }

    private boolean byLoader(String library) {
        if (lookup(library)) {
            found = Optional.of(mapped(library).orElse(library));
            return true;
        }
        return false;
    }

    private static State stateOf(Path file) {
        try {
            ElfFile.read(file);
            return State.WHOLE;
        } catch (ElfFile.CutShortException e) {
            return State.CUT_SHORT;
        } catch (IOException e) {
            return State.PASSED_OVER;
        }
    }

    /** Looks for a library in folders; its companions, where they lie beside it, are loaded before it. */
    boolean inFolders(String library, List<LibraryPlaces.Place> places, List<String> companions) {
        places.forEach(place -> tried(place.kind()));
        return inAny(library, places, companions);
    }

    private boolean inAny(String library, List<LibraryPlaces.Place> places, List<String> companions) {
        for (LibraryPlaces.Place place : places) {
            Path file = place.folder().resolve(library);
            if (Files.exists(file) && isWhole(file) && load(file, companions)) {
                return true;
            }
        }
        return false;
    }

    /** Loads a library for good, so that libraries that need it find it by its name. */
    boolean load(Path file, List<String> companions) {
        for (String companion : companions) {
            Path beside = file.resolveSibling(companion);
            if (!Files.exists(beside)) {
                continue;
            }
            if (!isWhole(beside)) {
                // The loader would take it by itself.
                return false;
            }
            lookup(beside.toString());
        }
        if (lookup(file.toString())) {
            found = Optional.of(file.toString());
            return true;
        }
        reject(file + " does not load: " + reason(file));
        return false;
    }

    /** Whether the file is a complete library for this machine. If not, that is remembered. */
    boolean isWhole(Path file) {
        try {
            ElfFile.read(file);
            return true;
        } catch (ElfFile.UnusableException e) {
            reject(file + " " + e.getMessage());
        } catch (NoSuchFileException e) {
            reject(file + " does not exist");
        } catch (IOException e) {
            reject(file + " can't be read: " + e);
        }
        return false;
    }

    void found(String description) {
        found = Optional.of(description);
    }

    /** What was found turned out to be of no use. */
    void lost() {
        found = Optional.empty();
    }

    private static boolean lookup(String library) {
        try {
            SymbolLookup.libraryLookup(library, Arena.global());
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    // The foreign-function API does not say why a library failed to load; this way of loading does.
    private static String reason(Path file) {
        try {
            System.load(file.toAbsolutePath().toString());
            return "no reason was given";
        } catch (UnsatisfiedLinkError e) {
            String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            String prefix = file.toAbsolutePath() + ": ";
            return message.startsWith(prefix) ? message.substring(prefix.length()) : message;
        }
    }

    /** The file that a library of this process came from; a driver's is called after its version: libcuda.so.580.95. */
    private static Optional<String> mapped(String library) {
        try {
            List<String> files = Files.readAllLines(MAPPINGS, StandardCharsets.UTF_8).stream()
                    .filter(line -> line.indexOf('/') >= 0)
                    .map(line -> line.substring(line.indexOf('/')))
                    .toList();
            return files.stream()
                    .filter(file -> file.contains("/" + library))
                    .findFirst()
                    .or(() -> files.stream()
                            .filter(file -> library.equals(NativeLibraries.DRIVER) && file.contains(DRIVER_FILE))
                            .findFirst());
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
