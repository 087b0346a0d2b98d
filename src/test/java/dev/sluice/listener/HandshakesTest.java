package dev.sluice.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandshakesTest {
    @TempDir
    private Path proc;

    private final String any = "0".repeat(32);

    @Test
    void onlyHandshakesOnThePortCount() throws Exception {
        Handshakes handshakes = new Handshakes(proc);
        assertThat(handshakes.underWay(8080)).as("without a table").hasValue(Set.of());

        table("tcp", line("0100007F:1F90", "0100007F:D2A4", "01") + line("0100007F:1F91", "0100007F:D2A4", "03"));
        assertThat(handshakes.underWay(8080)).hasValue(Set.of());
        assertThat(handshakes.underWay(8081)).hasValue(Set.of("0100007F:D2A4"));
        assertThat(handshakes.underWay(0xD2A4)).as("the port of the client").hasValue(Set.of());

        table("tcp6", line(any + ":1F90", any + ":D2A4", "03"));
        assertThat(handshakes.underWay(8080)).hasValue(Set.of(any + ":D2A4"));
    }

    @Test
    void handshakesOfAProcessThatIsConfinedToIpv4CountBesideASuccessorThatIsNot() throws Exception {
        table("tcp6", line(any + ":1F90", any + ":0000", "0A") + line(any + ":1F90", any + ":D2A4", "03"));
        table("tcp", line("00000000:1F90", "00000000:0000", "0A") + line("0100007F:1F90", "0100007F:D2A5", "03"));

        assertThat(new Handshakes(proc).underWay(8080)).hasValue(Set.of(any + ":D2A4", "0100007F:D2A5"));
    }

    @Test
    void handshakeThatNobodyConfirmsIsNotWaitedFor() throws Exception {
        table("tcp6", line(any + ":1F90", any + ":D2A4", "03", 1) + line(any + ":1F90", any + ":D2A5", "03", 2));

        assertThat(new Handshakes(proc).underWay(8080)).hasValue(Set.of(any + ":D2A4"));
    }

    @Test
    void tableThatCannotBeReadTellsNothing() throws Exception {
        Files.createDirectories(proc.resolve("net").resolve("tcp6"));

        assertThat(new Handshakes(proc).underWay(8080)).isEmpty();
    }

    private void table(String name, String lines) throws Exception {
        Files.createDirectories(proc.resolve("net"));
        Files.writeString(proc.resolve("net").resolve(name), "  sl  local_address rem_address   st tx_queue\n" + lines);
    }

    private static String line(String local, String remote, String state) {
        return line(local, remote, state, 0);
    }

    private static String line(String local, String remote, String state, int sentAgain) {
        return "   0: " + local + " " + remote + " " + state + " 00000000:00000000 01:00000014 0000000" + sentAgain
                + "     0        0 0\n";
    }
}
