package dev.lamina.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lamina.errors.DataException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Downloads from a server on this machine. */
class FashionMnistDownloadTest {
    private static final Path PACKAGE = Path.of("/usr/share/datasets/fashion-mnist");

    @TempDir
    Path folder;

    private final AtomicInteger requests = new AtomicInteger();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private HttpServer server;
    private FashionMnist.Options options;

    private interface Answer {
        void to(HttpExchange exchange, int request) throws IOException, InterruptedException;
    }

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.start();
        options = new FashionMnist.Options(
                List.of(),
                folder.resolve("cache"),
                folder.resolve("system"),
                true,
                URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/data"),
                Duration.ofSeconds(20));
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void answer(Answer answer) {
        server.createContext("/data/", exchange -> {
            try (exchange) {
                answer.to(exchange, requests.incrementAndGet());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private static void sendReal(HttpExchange exchange) throws IOException {
        String name = exchange.getRequestURI().getPath().substring("/data/".length());
        send(exchange, 200, Files.readAllBytes(PACKAGE.resolve(name)));
    }

    private static void assumePackage() {
        boolean present = Files.isDirectory(PACKAGE);
        if (!present) {
            System.out.println("SKIPPED: Fashion-MNIST download, " + PACKAGE
                    + " is absent (apt-get install dataset-fashion-mnist)");
        }
        Assumptions.assumeTrue(present, "dataset-fashion-mnist is not installed");
    }

    private void failsWith(String message) {
        assertThatThrownBy(() -> FashionMnist.load(options))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(
                        "[FashionMnist] expected the files of Fashion-MNIST in one of the places tried; "
                                + "received none: " + options.cache() + " (no such folder), ")
                .hasMessageContaining("download (" + message)
                .hasMessageContaining("apt-get install dataset-fashion-mnist");
        assertThat(options.cache()).isEmptyDirectory();
    }

    @Test
    void fillsTheCacheThatTheNextLoadUses() throws IOException {
        assumePackage();
        answer((exchange, request) -> sendReal(exchange));
        assertThat(FashionMnist.load(options).train().x().shape()).hasToString("(60000, 28, 28)");
        assertThat(requests).hasValue(4);
        assertThat(FashionMnist.load(options).test().samples()).isEqualTo(10000);
        assertThat(requests).hasValue(4);
        try (var files = Files.list(options.cache())) {
            assertThat(files).hasSize(4);
        }
    }

    @Test
    void failsOnceAndGoesOn() {
        assumePackage();
        answer((exchange, request) -> {
            if (request == 1) {
                send(exchange, 503, new byte[0]);
            } else {
                sendReal(exchange);
            }
        });
        assertThat(FashionMnist.load(options).test().samples()).isEqualTo(10000);
        assertThat(requests).hasValue(5);
    }

    @Test
    void givesUpAfterTheSecondTry() {
        answer((exchange, request) -> send(exchange, 404, new byte[0]));
        failsWith("expected HTTP status 200 from " + options.source() + "/train-images-idx3-ubyte.gz; received 404)");
        assertThat(requests).hasValue(2);
    }

    @Test
    void otherContentIsRefused() {
        answer((exchange, request) -> send(exchange, 200, DataFiles.gzip(new byte[100])));
        failsWith("expected content with SHA-256 c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888 from "
                + options.source() + "/train-images-idx3-ubyte.gz; received "
                + "cd00e292c5970d3c5e2f0ffa5171e555bc46bfc4faddfb4a418b6840b86e79a3)");
    }

    @Test
    void aWebPageIsRefused() {
        answer((exchange, request) ->
                send(exchange, 200, "<html>log in first</html>".getBytes(StandardCharsets.UTF_8)));
        failsWith("expected a gzip file from " + options.source()
                + "/train-images-idx3-ubyte.gz; received ZipException Not in GZIP format)");
    }

    @Test
    void contentThatUnpacksTooFarIsRefused() {
        answer((exchange, request) -> send(exchange, 200, DataFiles.gzip(new byte[48_000_000])));
        failsWith("expected 47040016 bytes from " + options.source() + "/train-images-idx3-ubyte.gz; received more)");
    }

    @Test
    void aStalledBodyTimesOut() {
        CountDownLatch end = new CountDownLatch(1);
        answer((exchange, request) -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write(1);
            exchange.getResponseBody().flush();
            end.await();
        });
        options = options.withTimeout(Duration.ofSeconds(1));
        long start = System.nanoTime();
        failsWith("expected " + options.source() + "/train-images-idx3-ubyte.gz; received too little within 1 s)");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
        end.countDown();
    }

    @Test
    void noServer() {
        options = options.withSource(URI.create("http://127.0.0.1:1/"));
        failsWith("expected http://127.0.0.1:1/train-images-idx3-ubyte.gz; received ConnectException");
    }

    @Test
    void nothingIsAskedForWhenTurnedOff() {
        answer((exchange, request) -> send(exchange, 404, new byte[0]));
        options = options.withDownloadAllowed(false);
        assertThatThrownBy(() -> FashionMnist.load(options)).hasMessageContaining("no download (turned off)");
        assertThat(requests).hasValue(0);
    }
}
