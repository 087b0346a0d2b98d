package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.sluice.testkit.Once;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** By what it is told that a configuration is to be read again. */
@Once
class InputsTest {
    private static final String SOME = "drain: { deadline: 20s }";

    @TempDir
    Path temporary;

    private Path directory;

    @BeforeEach
    void resolveLinks() throws Exception {
        directory = temporary.toRealPath();
        write("sluice.yaml", "include: [ conf.d/*.yaml, sites/*/route.yaml ]");
    }

    private Path write(String name, String text) throws Exception {
        Path file = directory.resolve(name);
        Files.createDirectories(file.resolveSibling(""));
        return Files.writeString(file, text);
    }

    private Inputs read() throws Exception {
        return ConfigReader.load(directory.resolve("sluice.yaml"), Map.of()).inputs();
    }

    private static void assertChanged(Inputs read) {
        assertThat(read.isSame(read.again())).as("the same").isFalse();
    }

    private static void assertSame(Inputs read) {
        assertThat(read.isSame(read.again())).as("the same").isTrue();
    }

    @Test
    void fileThatIsWrittenIsAnotherAndOneThatIsOnlyTouchedIsNot() throws Exception {
        Path file = write("conf.d/a.yaml", SOME);
        Inputs read = read();
        Files.setLastModifiedTime(file, FileTime.fromMillis(0));
        Files.writeString(file, SOME);
        assertSame(read);
        Files.writeString(file, SOME + "\n");
        assertChanged(read);
    }

    /** Half of it may have been read, whatever it holds before and after. */
    @Test
    void fileThatIsWrittenWhileItIsReadIsAnotherThoughItHoldsTheSame() throws Exception {
        Path file = write("conf.d/a.yaml", SOME);
        LookedAt reading = new LookedAt();
        reading.file(file);
        assertSame(reading.inputs());
        LookedAt another = new LookedAt();
        another.file(file);
        Files.writeString(file, SOME);
        Files.setLastModifiedTime(file, FileTime.fromMillis(0));
        assertChanged(another.inputs());
    }

    @Test
    void fileThatAnEditorPutsInTheOthersPlaceIsAnother() throws Exception {
        write("conf.d/a.yaml", SOME);
        Inputs read = read();
        Path written = write("conf.d/.a.yaml.new", SOME.replace('2', '3'));
        assertSame(read);
        Files.move(written, directory.resolve("conf.d/a.yaml"), StandardCopyOption.ATOMIC_MOVE);
        assertChanged(read);
    }

    @Test
    void fileThatGetsANameThatThePatternMatchesIsSeen() throws Exception {
        Path off = write("conf.d/20-shop.yaml.off", SOME);
        write("conf.d/10.yaml", "{}");
        Inputs read = read();
        Files.move(off, directory.resolve("conf.d/20-shop.yaml"));
        assertChanged(read);
        read = read();
        Files.move(directory.resolve("conf.d/20-shop.yaml"), off);
        assertChanged(read);
    }

    @Test
    void directoriesAndFilesInThemThatComeLaterAreSeen() throws Exception {
        Inputs none = read();
        Files.createDirectories(directory.resolve("sites/shop"));
        assertChanged(none);
        Inputs empty = read();
        Path file = write("sites/shop/route.yaml", SOME);
        assertChanged(empty);
        Inputs one = read();
        Files.delete(file);
        assertChanged(one);
        Inputs without = read();
        write("conf.d/a.yaml", SOME);
        assertChanged(without);
    }

    @Test
    void whatNoPatternMatchesIsNotLookedAt() throws Exception {
        write("conf.d/a.yaml", SOME);
        Inputs read = read();
        write("conf.d/.a.yaml.swp", "1");
        write("conf.d/.hidden.yaml", SOME);
        write("conf.d/a.yaml~", SOME);
        Files.createDirectories(directory.resolve("conf.d/archive.yaml"));
        Files.createDirectories(directory.resolve("sites/.git"));
        assertSame(read);
        assertThat(read.files()).containsExactly(directory.resolve("sluice.yaml"), directory.resolve("conf.d/a.yaml"));
    }

    /** As Kubernetes puts another ConfigMap in the place of one: all files at once, by one link. */
    @Test
    void linkThatIsTurnedToAnotherDirectoryIsSeen() throws Exception {
        write("..1/a.yaml", SOME);
        write("..2/a.yaml", SOME.replace('2', '3'));
        Files.createSymbolicLink(directory.resolve("..data"), Path.of("..1"));
        Files.createDirectories(directory.resolve("conf.d"));
        Files.createSymbolicLink(directory.resolve("conf.d/a.yaml"), Path.of("../..data/a.yaml"));
        Inputs read = read();
        assertSame(read);
        Files.createSymbolicLink(directory.resolve("..data_tmp"), Path.of("..2"));
        Files.move(directory.resolve("..data_tmp"), directory.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
        assertChanged(read);
    }

    /** As certbot renews: the link stays in its place and leads to another file. */
    @Test
    void linkOfACertificateThatLeadsToTheNextIsSeen() throws Exception {
        write("archive/cert1.pem", "one");
        write("archive/cert2.pem", "two");
        write("key.pem", "key");
        Path link = Files.createSymbolicLink(directory.resolve("cert.pem"), Path.of("archive/cert1.pem"));
        write(
                "sluice.yaml",
                "listeners: { a: { address: ':0', tls: { certificate: cert.pem, key: key.pem } } }\n"
                        + "routes: [ { to: http://a } ]");
        Inputs read = read();
        Files.delete(link);
        assertChanged(read);
        Files.createSymbolicLink(link, Path.of("archive/cert2.pem"));
        assertChanged(read);
        Files.delete(link);
        Files.createSymbolicLink(link, Path.of("archive/cert1.pem"));
        assertSame(read);
    }

    @Test
    void nothingIsReadThatCouldBlock() throws Exception {
        Inputs before = read();
        Files.createDirectories(directory.resolve("conf.d"));
        new ProcessBuilder("mkfifo", directory.resolve("conf.d/a.yaml").toString())
                .inheritIO()
                .start()
                .waitFor();
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            assertChanged(before);
            Inputs refused =
                    catchThrowableOfType(ConfigException.class, this::read).inputs();
            assertSame(refused);
            Files.delete(directory.resolve("conf.d/a.yaml"));
            assertChanged(refused);
        });
    }

    @Test
    void listOfBackendsCountsOnlyWhereItWasTheReasonForARefusal() throws Exception {
        write("list.yaml", "[ 'http://a' ]");
        write("conf.d/a.yaml", "pools: { a: { backends: { file: ../list.yaml } } }\nroutes: [ { pool: a } ]");
        Inputs read = read();
        write("list.yaml", "[ 1");
        assertSame(read);
        Inputs refused = catchThrowableOfType(ConfigException.class, this::read).inputs();
        write("list.yaml", "[ 'http://b' ]");
        assertChanged(refused);
        read = read();
        Files.delete(directory.resolve("list.yaml"));
        assertChanged(read);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void dateThatIsPutBackHidesNothing() throws Exception {
        Path file = write("conf.d/a.yaml", SOME);
        FileTime date = Files.getLastModifiedTime(file);
        long later = date.toMillis() + 60_000;
        FileState before = FileState.of(file, null, later);
        Files.writeString(file, SOME.replace('2', '3'));
        Files.setLastModifiedTime(file, date);
        assertThat(FileState.of(file, before, later).content()).isNotEqualTo(before.content());
    }

    @Test
    void onlyAFileThatHasJustBeenWrittenIsReadOnceMore() throws Exception {
        Path file = write("conf.d/a.yaml", SOME);
        long written = Files.getLastModifiedTime(file).toMillis();
        FileState fresh = FileState.of(file, null, written + 1_000);
        assertThat(FileState.of(file, fresh, written + 2_000)).isNotSameAs(fresh);
        FileState old = FileState.of(file, fresh, written + 60_000);
        assertThat(FileState.of(file, old, written + 61_000)).isSameAs(old);
    }
}
