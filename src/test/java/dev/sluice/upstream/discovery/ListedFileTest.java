package dev.sluice.upstream.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.BackendTlsConfig;
import dev.sluice.config.DiscoveryConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a file says, and when it counts. */
class ListedFileTest {
    @TempDir
    private Path directory;

    private final List<List<String>> found = new CopyOnWriteArrayList<>();
    private Path path;
    private ListedFile file;

    @BeforeEach
    void file() {
        path = directory.resolve("backends.yaml");
        file = listed(new DiscoveryConfig.Listed(path, false, null));
    }

    private ListedFile listed(DiscoveryConfig.Listed from) {
        return new ListedFile("pool web, backends.yaml", from, this::found);
    }

    private void found(List<BackendConfig> backends) {
        List<String> all = new ArrayList<>();
        for (BackendConfig b : backends)
            all.add(b.origin() + " " + b.weight() + (b.backup() ? " backup" : "") + (b.tls() == null ? "" : " tls"));
        found.add(all);
    }

    private void says(String text) throws IOException {
        Files.writeString(path, text);
    }

    /** As if two readings had said the same. */
    private void read() {
        if (file.read(false)) assertThat(file.read(false)).isFalse();
    }

    @Test
    void urlsAndMappingsAreBackends() throws IOException {
        says("- http://a:8000\n- { url: \"https://b\", weight: 3, backup: true }\n");

        file.read(true);

        assertThat(found).containsExactly(List.of("http://a:8000 1", "https://b:443 3 backup"));
    }

    @Test
    void entryOfThePoolSaysWhatHoldsForAll() throws IOException {
        BackendTlsConfig tls = new BackendTlsConfig(null, null, "x", null, null, null, true);
        file = listed(new DiscoveryConfig.Listed(path, true, tls));
        says("- http://a:8000\n- https://b\n");

        file.read(true);

        assertThat(found).containsExactly(List.of("http://a:8000 1 backup", "https://b:443 1 backup tls"));
    }

    @Test
    void sayingTheSameIsNoChange() throws IOException {
        says("- http://a:8000\n");
        file.read(true);

        says("# The same.\n- http://a:8000\n");
        read();

        assertThat(found).hasSize(1);
    }

    @Test
    void halfAFileDoesNotCount() throws IOException {
        says("- http://a:8000\n- http://b:8000\n");
        file.read(true);

        says("- http://a:8000\n");
        assertThat(file.read(false)).isTrue();
        says("- http://a:8000\n- http://c:8000\n");
        assertThat(file.read(false)).isTrue();
        assertThat(file.read(false)).isFalse();

        assertThat(found).hasSize(2).last().isEqualTo(List.of("http://a:8000 1", "http://c:8000 1"));
    }

    @Test
    void brokenMissingOrEmptyFileChangesNothingAndTheNextOneCounts() throws IOException {
        says("- http://a:8000\n");
        file.read(true);

        says("- http://a:8000\n- nonsense\n");
        read();
        says("");
        read();
        says("# Nothing.\n");
        read();
        Files.delete(path);
        read();
        assertThat(found).hasSize(1);

        says("- http://b:8000\n");
        read();
        assertThat(found).last().isEqualTo(List.of("http://b:8000 1"));
    }

    @Test
    void fileThatComesBackAsItWasIsNoChange() throws IOException {
        says("- http://a:8000\n");
        file.read(true);
        Files.delete(path);
        read();

        says("- http://a:8000\n");
        read();

        assertThat(found).hasSize(1);
    }

    @Test
    void emptyListIsNone() throws IOException {
        says("- http://a:8000\n");
        file.read(true);

        says("[]");
        read();

        assertThat(found).last().isEqualTo(List.of());
    }

    @Test
    void directoryThatIsNotThereYetIsFoundByReadingAgain() throws Exception {
        path = directory.resolve("later").resolve("backends.yaml");
        ListedFile later = listed(new DiscoveryConfig.Listed(path, false, null));
        try (ListedFiles files = new ListedFiles(List.of(later), Duration.ofMillis(100))) {
            files.start().get(5, TimeUnit.SECONDS);
            Files.createDirectory(path.getParent());
            says("- http://a:8000\n");

            await().until(() -> found.size() == 1);
        }
    }

    @Test
    void changeIsSeenLongBeforeTheFileIsReadAgainAnyway() throws Exception {
        says("- http://a:8000\n");
        try (ListedFiles files = new ListedFiles(List.of(file), Duration.ofHours(1))) {
            files.start().get(5, TimeUnit.SECONDS);
            says("- http://b:8000\n");

            await().until(() -> found.size() == 2);
        }
    }

    @Test
    void faultOfWhoIsToldOfOneFileEndsNoWatch() throws Exception {
        AtomicInteger faults = new AtomicInteger(2);
        List<List<BackendConfig>> later = new CopyOnWriteArrayList<>();
        ListedFile faulty = new ListedFile("pool faulty", new DiscoveryConfig.Listed(path, false, null), all -> {
            if (faults.getAndDecrement() > 0) throw new IllegalStateException("a fault of who is told");
            later.add(all);
        });
        says("- http://a:8000\n");
        try (ListedFiles files = new ListedFiles(List.of(faulty, file), Duration.ofMillis(20))) {
            files.start().get(5, TimeUnit.SECONDS);
            assertThat(found).as("of the other file").hasSize(1);

            await().until(() -> later.size() == 1);
            assertThat(found).hasSize(1);
        }
    }
}
