package dev.lamina.data;

import dev.lamina.errors.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.zip.GZIPInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Downloads Fashion-MNIST's files into a cache, where only whole and checked ones appear. */
final class FashionMnistDownload {
    private static final Logger LOG = LoggerFactory.getLogger(FashionMnistDownload.class);
    private static final int ATTEMPTS = 2;
    private static final long MOST_PACKED_BYTES = 64L << 20;

    /**
     * One file; the sum is of the unpacked content, since mirrors pack it differently.
     *
     * @param name the packed file's name
     * @param bytes the size unpacked
     * @param sha256 the SHA-256 unpacked
     */
    private record Part(String name, long bytes, String sha256) {}

    private static final List<Part> PARTS = List.of(
            new Part(
                    FashionMnist.TRAIN_IMAGES,
                    47_040_016,
                    "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
            new Part(
                    FashionMnist.TRAIN_LABELS,
                    60_008,
                    "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
            new Part(
                    FashionMnist.TEST_IMAGES,
                    7_840_016,
                    "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
            new Part(
                    FashionMnist.TEST_LABELS,
                    10_008,
                    "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"));

    private FashionMnistDownload() {}

    /**
     * Downloads the files that the cache lacks, each with one more try.
     *
     * @throws DataException if one can't be had, or is not what it should be; what arrived before it stays
     */
    static void into(Path cache, URI source, Duration timeout) {
        try (HttpClient client = HttpClient.newBuilder()
                .connectTimeout(timeout.compareTo(Duration.ofSeconds(10)) < 0 ? timeout : Duration.ofSeconds(10))
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build()) {
            try {
                Files.createDirectories(cache);
                for (Part part : PARTS) {
                    if (!Files.exists(cache.resolve(part.name()))) {
                        fetch(client, part, address(source, part), cache.resolve(part.name()), timeout);
                    }
                }
            } catch (IOException e) {
                throw failure("a cache to write to, " + cache, describe(e), e);
            } finally {
                client.shutdownNow();
            }
        }
    }

    private static URI address(URI source, Part part) {
        String folder = source.toString();
        return URI.create(folder.endsWith("/") ? folder + part.name() : folder + "/" + part.name());
    }

    private static void fetch(HttpClient client, Part part, URI address, Path target, Duration timeout)
            throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                LOG.info("Downloading {}", address);
                fetchOnce(client, part, address, target, timeout);
                return;
            } catch (DataException e) {
                if (attempt == ATTEMPTS || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                LOG.warn("Download failed: {}. Trying once more.", e.getMessage());
            }
        }
    }

    private static void fetchOnce(HttpClient client, Part part, URI address, Path target, Duration timeout)
            throws IOException {
        Path aside = AtomicFile.aside(target);
        try {
            HttpResponse<Path> response = send(client, address, aside, timeout);
            if (response.statusCode() != 200) {
                throw failure("HTTP status 200 from " + address, Integer.toString(response.statusCode()));
            }
            String sum = sha256(aside, part, address);
            if (!sum.equals(part.sha256())) {
                throw failure("content with SHA-256 " + part.sha256() + " from " + address, sum);
            }
            AtomicFile.moveInto(aside, target);
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    private static HttpResponse<Path> send(HttpClient client, URI address, Path aside, Duration timeout) {
        HttpRequest request = HttpRequest.newBuilder(address).timeout(timeout).build();
        CompletableFuture<HttpResponse<Path>> response =
                client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofFile(aside), MOST_PACKED_BYTES));
        try {
            // The request's own timeout ends with the headers.
            return response.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw failure(address.toString(), describe(e.getCause() == null ? e : e.getCause()), e);
        } catch (TimeoutException e) {
            response.cancel(true);
            throw failure(address.toString(), "too little within " + timeout.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            response.cancel(true);
            Thread.currentThread().interrupt();
            throw failure(address.toString(), "an interrupt", e);
        }
    }

    private static String sha256(Path file, Part part, URI address) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw failure("a Java runtime with SHA-256", describe(e), e);
        }
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file), 1 << 16)) {
            byte[] chunk = new byte[1 << 16];
            long bytes = 0;
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                bytes += read;
                if (bytes > part.bytes()) {
                    throw failure(part.bytes() + " bytes from " + address, "more");
                }
                digest.update(chunk, 0, read);
            }
        } catch (IOException e) {
            throw failure("a gzip file from " + address, describe(e), e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static DataException failure(String expected, String received) {
        return new DataException(text(expected, received));
    }

    private static DataException failure(String expected, String received, Throwable cause) {
        return new DataException(text(expected, received), cause);
    }

    private static String text(String expected, String received) {
        return "expected " + expected + "; received " + received;
    }

    private static String describe(Throwable e) {
        return e.getMessage() == null
                ? e.getClass().getSimpleName()
                : e.getClass().getSimpleName() + " " + e.getMessage();
    }
}
