package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigReader;
import dev.sluice.config.Inputs;
import dev.sluice.testkit.Gate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FileWatchTest {
    private static final Duration POLL = Duration.ofMillis(5);

    private final AtomicInteger told = new AtomicInteger();
    private final AtomicInteger looks = new AtomicInteger();
    private volatile Inputs read = Inputs.none();
    private volatile Runnable atEachLook = () -> {};
    private volatile Runnable whenTold = this::read;
    private Path file;
    private Thread thread;

    @TempDir
    private Path directory;

    @BeforeEach
    void readOnce() {
        file = directory.resolve("sluice.yaml");
        write("one");
        read();
    }

    /** What it says does not matter, as everything that was looked at counts in any case. */
    private void write(String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read() {
        try {
            read = ConfigReader.load(file, Map.of()).inputs();
        } catch (ConfigException e) {
            read = e.inputs();
        }
    }

    private void start() {
        thread = new FileWatch(
                        () -> {
                            looks.incrementAndGet();
                            atEachLook.run();
                            return read;
                        },
                        () -> {
                            whenTold.run();
                            told.incrementAndGet();
                        },
                        Duration.ofMillis(10))
                .start();
    }

    @AfterEach
    void end() throws Exception {
        thread.interrupt();
        thread.join();
    }

    private void awaitTold(int times) {
        await().pollInterval(POLL).atMost(Gate.TIMEOUT).until(() -> told.get() == times);
        int from = looks.get();
        await().pollInterval(POLL).atMost(Gate.TIMEOUT).until(() -> looks.get() > from + 3);
        assertThat(told).hasValue(times);
    }

    @Test
    void eachChangeIsToldOnce() {
        start();
        awaitTold(0);
        write("two");
        awaitTold(1);
        write("three");
        awaitTold(2);
    }

    @Test
    void changeThatNobodyReadsIsToldOnceAndOnceMoreWhenItComesAgain() {
        whenTold = () -> {};
        start();
        write("two");
        awaitTold(1);
        write("one");
        awaitTold(1);
        write("two");
        awaitTold(2);
    }

    @Test
    void changeBetweenTheFirstReadingAndTheStartIsSeen() {
        write("two");
        start();
        awaitTold(1);
    }

    @Test
    void changeDuringAReloadIsNotLost() {
        whenTold = () -> {
            read();
            // And the reload goes on.
            if (told.get() == 0) write("three");
        };
        start();
        write("two");
        awaitTold(2);
    }

    @Test
    void whatSomebodyElseHasReadIsNoChange() {
        start();
        awaitTold(0);
        atEachLook = () -> {
            atEachLook = () -> {};
            write("two");
            read();
        };
        awaitTold(0);
        write("three");
        awaitTold(1);
    }

    @Test
    void failureToTakeItInDoesNotEndTheWatch() {
        whenTold = () -> {
            if (told.getAndIncrement() == 0) throw new IllegalStateException("for once");
            told.decrementAndGet();
            read();
        };
        start();
        write("two");
        awaitTold(1);
        write("three");
        awaitTold(2);
    }

    @Test
    void whatNeverRestsIsToldAllTheSame() {
        atEachLook = () -> write("change " + looks.get());
        start();
        await().pollInterval(POLL).atMost(Gate.TIMEOUT).until(() -> told.get() > 0);
        assertThat(looks.get()).isGreaterThanOrEqualTo(10);
    }

    @Test
    void anotherDateIsNoneAndALinkThatLeadsElsewhereIs() throws Exception {
        start();
        Files.setLastModifiedTime(file, java.nio.file.attribute.FileTime.fromMillis(0));
        awaitTold(0);
        Path other = Files.writeString(directory.resolve("other"), "two");
        Files.delete(file);
        Files.createSymbolicLink(file, other);
        await().pollInterval(POLL).atMost(Gate.TIMEOUT).until(() -> told.get() >= 1);
    }

    @Test
    void fileThatIsGoneAndComesBackTheSameIsAsGoodAsNeverGone() throws Exception {
        start();
        Path aside = directory.resolve("aside");
        Files.move(file, aside);
        Files.move(aside, file);
        awaitTold(0);
    }
}
