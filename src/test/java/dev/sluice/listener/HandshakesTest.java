package dev.sluice.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandshakesTest {
    @TempDir
    private Path proc;

    @Test
    void onlyHandshakesOnThePortCount() throws Exception {
        Handshakes handshakes = new Handshakes(proc);
        assertThat(handshakes.underWay(8080)).as("without a table").isFalse();

        table("tcp", line("0100007F:1F90", "0100007F:D2A4", "01") + line("0100007F:1F91", "0100007F:D2A4", "03"));
        assertThat(handshakes.underWay(8080)).isFalse();
        assertThat(handshakes.underWay(8081)).isTrue();
        assertThat(handshakes.underWay(0xD2A4)).as("the port of the client").isFalse();

        String any = "00000000000000000000000000000000";
        table("tcp6", line(any + ":1F90", any + ":D2A4", "03"));
        assertThat(handshakes.underWay(8080)).isTrue();
    }

    private void table(String name, String lines) throws Exception {
        Files.createDirectories(proc.resolve("net"));
        Files.writeString(proc.resolve("net").resolve(name), "  sl  local_address rem_address   st tx_queue\n" + lines);
    }

    private static String line(String local, String remote, String state) {
        return "   0: " + local + " " + remote + " " + state
                + " 00000000:00000000 01:00000014 00000000     0        0 0\n";
    }
}
