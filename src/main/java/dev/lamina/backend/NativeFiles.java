package dev.lamina.backend;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.jar.JarEntry;

/**
 * Unpacks native libraries from the class path into a folder that only this user can write, {@code lamina/natives} in
 * the user's cache folder, once per version. Several processes may do so at once: each writes a file of its own and
 * renames it into place.
 */
public final class NativeFiles {
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");
    private static final Integer ROOT = 0;
    private static final int WRITABLE_BY_OTHERS = 0002;
    private static final int STICKY = 01000;

    /** A resource and what tells its versions apart. */
    private record Source(URL url, long size, String version) {
        static Source of(String resource) throws IOException {
            URL url = NativeFiles.class.getClassLoader().getResource(resource);
            if (url == null) {
                throw new IOException(resource + " is not on the class path");
            }
            URLConnection connection = url.openConnection();
            if (connection instanceof JarURLConnection jar) {
                JarEntry entry = jar.getJarEntry();
                return new Source(url, entry.getSize(), Long.toHexString(entry.getCrc()));
            }
            return new Source(url, connection.getContentLengthLong(), Long.toHexString(connection.getLastModified()));
        }
    }

    private NativeFiles() {}

    /**
     * Makes sure that the resources lie together in one folder and returns it.
     *
     * @param name the name of the folder, to which the version of the first resource is added
     * @param files the library, then what it needs; of the latter, what is not on the class path is left to the system
     */
    public static Path unpack(String name, String folder, String... files) throws IOException {
        Path cache = cacheFolder(System.getenv(), System.getProperty("user.home", ""));
        return unpackBelow(cache, name, folder, files);
    }

    /** The same with another cache folder; one that can't be used or trusted is replaced by a temporary one. */
    static Path unpackBelow(Path cache, String name, String folder, String... files) throws IOException {
        Source first = Source.of(folder + files[0]);
        String versioned = name + "-" + Long.toHexString(first.size) + "-" + first.version;
        Path target;
        try {
            target = cache.resolve(versioned);
            if (!target.isAbsolute()) {
                throw new IOException("the user has no home folder");
            }
            Files.createDirectories(target, PosixFilePermissions.asFileAttribute(PRIVATE));
            unpackInto(target, !makePrivate(target), folder, files);
        } catch (IOException | UnsupportedOperationException e) {
            target = Files.createTempDirectory("lamina-natives-");
            unpackInto(target, true, folder, files);
            for (String file : files) {
                target.resolve(file).toFile().deleteOnExit();
            }
            target.toFile().deleteOnExit();
        }
        return target;
    }

    /** A relative one, which is not used, where there is neither a cache folder nor a home folder. */
    static Path cacheFolder(Map<String, String> environment, String home) {
        return absolute(environment.getOrDefault("XDG_CACHE_HOME", ""))
                .or(() -> absolute(home).map(folder -> folder.resolve(".cache")))
                .orElse(Path.of(""))
                .resolve("lamina")
                .resolve("natives");
    }

    private static Optional<Path> absolute(String name) {
        try {
            return Optional.of(Path.of(name)).filter(Path::isAbsolute);
        } catch (InvalidPathException e) {
            // The locale can't express it, as C can't letters beyond ASCII.
            return Optional.empty();
        }
    }

    /**
     * Closes a folder to all but this user. One that somebody else owns or could exchange must not be loaded from.
     *
     * @return whether it was closed already, so that its files are this user's own
     */
    private static boolean makePrivate(Path target) throws IOException {
        if (!Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(target + " is not a folder");
        }
        Path probe = Files.createTempFile(target, "probe-", ".tmp");
        try {
            Object user = Files.getAttribute(probe, "unix:uid");
            if (!Files.getAttribute(target, "unix:uid").equals(user)) {
                throw new IOException(target + " belongs to somebody else");
            }
            for (Path above = target.toRealPath().getParent(); above != null; above = above.getParent()) {
                requireUnchangeable(above, user);
            }
        } finally {
            Files.deleteIfExists(probe);
        }
        boolean was = Files.getPosixFilePermissions(target).equals(PRIVATE);
        Files.setPosixFilePermissions(target, PRIVATE);
        return was;
    }

    /**
     * Whoever owns a folder, or may write to one without the sticky bit, can put another folder in our folder's place.
     */
    private static void requireUnchangeable(Path above, Object user) throws IOException {
        Object owner = Files.getAttribute(above, "unix:uid");
        int mode = (int) Files.getAttribute(above, "unix:mode");
        boolean open = (mode & WRITABLE_BY_OTHERS) != 0 && (mode & STICKY) == 0;
        if (open || !owner.equals(user) && !owner.equals(ROOT)) {
            throw new IOException(above + " can be changed by others");
        }
    }

    /** @param anew whether files that are there are replaced in any case */
    private static void unpackInto(Path target, boolean anew, String folder, String... files) throws IOException {
        for (String file : files) {
            if (!file.equals(files[0]) && NativeFiles.class.getClassLoader().getResource(folder + file) == null) {
                continue;
            }
            Source source = Source.of(folder + file);
            Path path = target.resolve(file);
            if (anew || !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) || Files.size(path) != source.size) {
                unpack(source, path);
            }
        }
    }

    private static void unpack(Source source, Path path) throws IOException {
        Path aside = Files.createTempFile(path.getParent(), "unpacking-", ".tmp");
        try {
            try (InputStream in = source.url.openStream()) {
                Files.copy(in, aside, StandardCopyOption.REPLACE_EXISTING);
            }
            if (Files.size(aside) != source.size) {
                throw new IOException(source.url + " should have " + source.size + " bytes, has " + Files.size(aside));
            }
            try {
                Files.move(aside, path, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(aside, path, StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            Files.deleteIfExists(aside);
        }
    }
}
