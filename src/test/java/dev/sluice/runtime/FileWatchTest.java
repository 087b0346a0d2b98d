package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Gate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileWatchTest {
    private final AtomicInteger told = new AtomicInteger();
    private final AtomicInteger looks = new AtomicInteger();
    private Thread thread;

    @TempDir
    private Path directory;

    private Path start(String content) throws IOException {
        Path file = Files.writeString(directory.resolve("watched"), content);
        FileWatch watch = new FileWatch(
                () -> {
                    looks.incrementAndGet();
                    return Set.of(file);
                },
                told::incrementAndGet,
                Duration.ofMillis(20));
        thread = watch.start();
        return file;
    }

    @AfterEach
    void end() throws Exception {
        thread.interrupt();
        thread.join();
    }

    private void awaitTold(int times) {
        await().atMost(Gate.TIMEOUT).until(() -> told.get() == times);
        int from = looks.get();
        await().atMost(Gate.TIMEOUT).until(() -> looks.get() > from + 5);
        assertThat(told).hasValue(times);
    }

    @Test
    void eachChangeIsToldOnce() throws Exception {
        Path file = start("one");
        awaitTold(0);
        Files.writeString(file, "two");
        awaitTold(1);
        Files.writeString(file, "three");
        awaitTold(2);
    }

    @Test
    void linkThatLeadsElsewhereIsAChangeAndAnotherDateIsNone() throws Exception {
        Path file = start("one");
        Files.setLastModifiedTime(file, java.nio.file.attribute.FileTime.fromMillis(0));
        awaitTold(0);
        Path other = Files.writeString(directory.resolve("other"), "two");
        Files.delete(file);
        Files.createSymbolicLink(file, other);
        await().atMost(Gate.TIMEOUT).until(() -> told.get() >= 1);
    }

    @Test
    void fileThatIsGoneAndComesBackTheSameIsAsGoodAsNeverGone() throws Exception {
        Path file = start("one");
        Path aside = directory.resolve("aside");
        Files.move(file, aside);
        Files.move(aside, file);
        awaitTold(0);
    }
}
