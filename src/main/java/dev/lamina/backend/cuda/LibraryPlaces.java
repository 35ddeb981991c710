package dev.lamina.backend.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folders in which NVIDIA's libraries are looked for beyond what the system's loader knows: CUDA_HOME, those of
 * toolkits and packages, and the wheels that pip installs for a Python on the PATH.
 *
 * @param variables the environment
 * @param root the root of the file system; another one in tests
 */
record LibraryPlaces(Map<String, String> variables, Path root) {
    private static final List<String> PYTHONS = List.of(
            "python3", "python", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14");

    /**
     * A folder and the short name of its kind.
     *
     * @param kind such as {@code CUDA_HOME}, for a message that can't list every folder
     */
    record Place(String kind, Path folder) {}

    static LibraryPlaces ofThisMachine() {
        return new LibraryPlaces(System.getenv(), Path.of("/"));
    }

    /** Where the loader of the system looks first: LD_LIBRARY_PATH. */
    List<Place> loaderPath() {
        return paths("LD_LIBRARY_PATH").stream()
                .map(folder -> new Place("LD_LIBRARY_PATH", folder))
                .toList();
    }

    /** Where the loader of the system looks next: the folders of {@code /etc/ld.so.conf}, and its own. */
    List<Place> system() {
        List<Path> folders = new ArrayList<>();
        addConfigured(folders, root.resolve("etc/ld.so.conf"), true);
        Stream.of("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib64", "usr/lib64", "lib", "usr/lib")
                .map(root::resolve)
                .forEach(folders::add);
        return folders.stream()
                .filter(Files::isDirectory)
                .map(LibraryPlaces::real)
                .distinct()
                .map(folder -> new Place("library path", folder))
                .toList();
    }

    /** A line is a folder, or includes files by a pattern of names in one folder. */
    private void addConfigured(List<Path> folders, Path file, boolean includes) {
        try {
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                String text = line.replaceFirst("#.*", "").strip();
                if (text.startsWith("/")) {
                    folders.add(below(text));
                } else if (includes && text.startsWith("include") && text.endsWith("/*.conf")) {
                    String folder = text.substring("include".length()).strip();
                    matching(below(folder.substring(0, folder.length() - "/*.conf".length())), "").stream()
                            .filter(included -> included.toString().endsWith(".conf"))
                            .forEach(included -> addConfigured(folders, included, false));
                }
            }
        } catch (IOException | InvalidPathException e) {
            // No such file, or none that can be read: the loader's own folders are left.
        }
    }

    /** A path of the configuration, below the root if it is absolute. */
    private Path below(String path) {
        return path.startsWith("/")
                ? root.resolve(path.substring(1))
                : root.resolve("etc").resolve(path);
    }

    /** What the variables name that is not there. */
    List<String> missing() {
        return Stream.of("CUDA_HOME", "CUDA_PATH")
                .filter(variable ->
                        path(variable).isPresent() && toolkit(variable).isEmpty())
                .map(variable -> variable + ", " + variables.get(variable) + ", is no folder")
                .toList();
    }

    /** Where drivers lie that the loader of the system does not know: in containers, WSL, NixOS. */
    List<Place> driver() {
        return List.of("usr/local/nvidia/lib64", "usr/lib/wsl/lib", "run/opengl-driver/lib", "usr/lib/x86_64-linux-gnu")
                .stream()
                .map(folder -> new Place("usual folders", root.resolve(folder)))
                .filter(place -> Files.isDirectory(place.folder))
                .toList();
    }

    /** Where cuBLAS may lie, the folders that exist, the most particular ones first. */
    List<Place> cublas() {
        // By folder: several ways lead to the same one.
        Map<Path, Place> places = new LinkedHashMap<>();
        for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
            toolkit(variable).ifPresent(home -> addToolkit(places, variable, home));
        }
        path("CONDA_PREFIX").ifPresent(prefix -> add(places, "Conda", prefix.resolve("lib")));
        for (Path toolkit : toolkits()) {
            addToolkit(places, "usual folders", toolkit);
        }
        for (String folder : List.of("usr/lib/x86_64-linux-gnu", "usr/lib64", "usr/local/lib")) {
            add(places, "usual folders", root.resolve(folder));
        }
        for (Path site : pythonSites()) {
            add(places, "Python packages", site.resolve("nvidia/cublas/lib"));
            add(places, "Python packages", site.resolve("nvidia/cu13/lib"));
        }
        return List.copyOf(places.values());
    }

    private static void addToolkit(Map<Path, Place> places, String kind, Path home) {
        add(places, kind, home.resolve("lib64"));
        add(places, kind, home.resolve("targets/x86_64-linux/lib"));
    }

    private static void add(Map<Path, Place> places, String kind, Path folder) {
        if (Files.isDirectory(folder)) {
            places.putIfAbsent(real(folder), new Place(kind, folder));
        }
    }

    /** /usr/local/cuda, which the user chose, then the other versions, newest first. */
    private List<Path> toolkits() {
        List<Path> found = new ArrayList<>(List.of(root.resolve("usr/local/cuda"), root.resolve("opt/cuda")));
        matching(root.resolve("usr/local"), "cuda-").stream()
                .sorted(Comparator.reverseOrder())
                .forEach(found::add);
        return found;
    }

    /** The folders of installed packages of every Python that can be started by name, and of the user's own. */
    private List<Path> pythonSites() {
        List<Path> prefixes = new ArrayList<>();
        path("VIRTUAL_ENV").ifPresent(prefixes::add);
        path("CONDA_PREFIX").ifPresent(prefixes::add);
        for (Path folder : paths("PATH")) {
            if (folder.endsWith("shims") && folder.getParent() != null) {
                // pyenv's, asdf's and mise's: scripts that start one of the versions beside them.
                prefixes.addAll(matching(folder.getParent().resolve("versions"), ""));
                prefixes.addAll(matching(folder.getParent().resolve("installs/python"), ""));
            }
            for (String name : PYTHONS) {
                Path python = folder.resolve(name);
                if (Files.isExecutable(python)) {
                    prefix(python).ifPresent(prefixes::add);
                    prefix(real(python)).ifPresent(prefixes::add);
                }
            }
        }
        path("HOME").ifPresent(home -> prefixes.add(home.resolve(".local")));
        List<Path> sites = new ArrayList<>(paths("PYTHONPATH"));
        for (Path prefix : prefixes.stream().distinct().toList()) {
            for (String lib : List.of("lib", "lib64", "local/lib")) {
                for (Path version : matching(prefix.resolve(lib), "python3")) {
                    sites.add(version.resolve("site-packages"));
                    sites.add(version.resolve("dist-packages"));
                }
            }
        }
        return sites;
    }

    private static Optional<Path> prefix(Path python) {
        return Optional.ofNullable(python.getParent()).map(Path::getParent);
    }

    private static List<Path> matching(Path folder, String start) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(entry -> entry.getFileName().toString().startsWith(start))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            // A folder that may not be read holds nothing for this user.
            return List.of();
        }
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return path.toAbsolutePath().normalize();
        }
    }

    /** The folder that a variable names, or the first of several, which scripts that add to a list make of it. */
    private Optional<Path> toolkit(String variable) {
        return Stream.concat(path(variable).stream(), paths(variable).stream())
                .filter(Files::isDirectory)
                .findFirst();
    }

    /** The one path that a variable holds. */
    Optional<Path> path(String variable) {
        String text = variables.getOrDefault(variable, "");
        try {
            return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private List<Path> paths(String variable) {
        List<Path> paths = new ArrayList<>();
        for (String text : variables.getOrDefault(variable, "").split(":", -1)) {
            if (!text.isEmpty()) {
                try {
                    paths.add(Path.of(text));
                } catch (InvalidPathException e) {
                    // Names no folder.
                }
            }
        }
        return paths;
    }
}
