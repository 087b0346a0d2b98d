package dev.sluice.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortHolderTest {
    private static final String HEADER =
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    @TempDir
    private Path proc;

    @Test
    void holderOfTheListeningSocketIsNamed() throws Exception {
        table("tcp", line("0100007F:1F91", "0A", 1) + line("00000000:1F90", "01", 2));
        table("tcp6", line("00000000000000000000000000000000:1F90", "0A", 3));
        process(100, "client", 2);
        process(123, "nginx", 3);

        assertThat(new PortHolder(proc).find(8080)).hasValue("nginx, pid 123");
        assertThat(new PortHolder(proc).find(8081))
                .as("a process that may not be looked into")
                .isEmpty();
        assertThat(new PortHolder(proc).find(80)).isEmpty();
    }

    @Test
    void whereThereIsNoProcNothingIsKnown() {
        assertThat(new PortHolder(proc.resolve("missing")).find(8080)).isEmpty();
    }

    private void table(String name, String lines) throws Exception {
        Files.createDirectories(proc.resolve("net"));
        Files.writeString(proc.resolve("net").resolve(name), HEADER + lines);
    }

    private static String line(String local, String state, int inode) {
        return "   0: " + local + " 00000000:0000 " + state + " 00000000:00000000 00:00000000 00000000     0        0 "
                + inode + " 1 0000000000000000 100 0 0 10 0\n";
    }

    private void process(int pid, String name, int inode) throws Exception {
        Path fd = Files.createDirectories(proc.resolve(Integer.toString(pid)).resolve("fd"));
        Files.writeString(fd.resolveSibling("comm"), name + "\n");
        Files.createSymbolicLink(fd.resolve("0"), Path.of("/dev/null"));
        Files.createSymbolicLink(fd.resolve("5"), Path.of("socket:[" + inode + "]"));
    }
}
