package dev.sluice.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which descriptors are taken for sockets to listen on. The JVM of the tests opens {@code sun.nio.ch}, as the jar does. */
class InheritedSocketsTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @BeforeEach
    void onlyLinuxKnowsThis() {
        assumeThat(System.getProperty("os.name")).isEqualTo("Linux");
    }

    @Test
    void socketThatListensIsAdopted() throws Exception {
        try (ServerSocketChannel listening = ServerSocketChannel.open().bind(ANY_PORT)) {
            assertThat(raw().adopt(number(listening)).getLocalAddress()).isEqualTo(listening.getLocalAddress());
        }
    }

    @Test
    void socketThatIsOnlyBoundIsNot() throws Exception {
        try (SocketChannel bound = SocketChannel.open().bind(ANY_PORT)) {
            assertRefused(bound, "does not listen (expected: ");
        }
    }

    @Test
    void socketOfDatagramsIsNot() throws Exception {
        try (DatagramChannel datagrams = DatagramChannel.open().bind(ANY_PORT)) {
            assertRefused(datagrams, "does not listen (expected: ");
        }
    }

    private static void assertRefused(Channel channel, String why) throws Exception {
        int number = number(channel);
        assertThatThrownBy(() -> raw().adopt(number))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(why);
        assertThat(channel.isOpen()).isTrue();
    }

    private static RawSockets raw() {
        return RawSockets.here().orElseThrow();
    }

    private static int number(Channel channel) throws ReflectiveOperationException {
        Method descriptor = channel.getClass().getDeclaredMethod("getFD");
        descriptor.setAccessible(true);
        Method number = Class.forName("sun.nio.ch.IOUtil").getDeclaredMethod("fdVal", FileDescriptor.class);
        number.setAccessible(true);
        return (Integer) number.invoke(null, descriptor.invoke(channel));
    }
}
