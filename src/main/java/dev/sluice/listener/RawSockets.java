package dev.sluice.listener;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Linux can do with a listening socket and Java's API cannot say: options that it has no name for, and sockets that a
 * supervisor handed over as file descriptors. The JDK has all of it inside ({@code sun.nio.ch}, the same on 17 to 25) and
 * opens it to those whom the command line, or the manifest of the runnable jar, names: {@code Add-Opens:
 * java.base/sun.nio.ch}. Without that there is none of this.
 *
 * <p>Safe for use by many threads.
 */
final class RawSockets {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerConnector.class);

    /** Where the numbers below are what they are here: others number their options differently. */
    private static final Set<String> MACHINES = Set.of("amd64", "aarch64", "ppc64le", "s390x", "riscv64", "x86", "arm");

    private static final int SOL_SOCKET = 1;
    /** Of {@code asm-generic/socket.h}, since Linux 5.1. */
    private static final int SO_BINDTOIFINDEX = 62;
    /** Of the same. */
    private static final int SO_ACCEPTCONN = 30;

    private final Method descriptor;
    private final Method newDescriptor;
    private final Method setOption;
    private final Method getOption;
    private final Constructor<?> wrap;

    private RawSockets() throws ReflectiveOperationException {
        Class<?> net = Class.forName("sun.nio.ch.Net");
        Class<?> channel = Class.forName("sun.nio.ch.ServerSocketChannelImpl");
        descriptor = open(channel.getDeclaredMethod("getFD"));
        newDescriptor = open(Class.forName("sun.nio.ch.IOUtil").getDeclaredMethod("newFD", int.class));
        setOption = open(net.getDeclaredMethod(
                "setIntOption0", FileDescriptor.class, boolean.class, int.class, int.class, int.class, boolean.class));
        getOption =
                open(net.getDeclaredMethod("getIntOption0", FileDescriptor.class, boolean.class, int.class, int.class));
        wrap = channel.getDeclaredConstructor(
                SelectorProvider.class, ProtocolFamily.class, FileDescriptor.class, boolean.class);
        wrap.setAccessible(true);
    }

    private static Method open(Method method) {
        method.setAccessible(true);
        return method;
    }

    /** Nothing where the system is another one, or the JDK does not open itself. */
    static Optional<RawSockets> here() {
        if (!System.getProperty("os.name").equals("Linux") || !MACHINES.contains(System.getProperty("os.arch")))
            return Optional.empty();
        try {
            return Optional.of(new RawSockets());
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("sockets cannot be had by their descriptors (expected: java.base/sun.nio.ch is opened)", e);
            return Optional.empty();
        }
    }

    /**
     * The interface that the socket listens on.
     *
     * @return 0 for all
     * @throws IOException when the kernel does not know the option
     */
    int boundInterface(ServerSocketChannel listening) throws IOException {
        return (Integer) call(getOption, null, descriptorOf(listening), false, SOL_SOCKET, SO_BINDTOIFINDEX);
    }

    /**
     * Has the socket listen on one interface only. Allowed to everybody once; connections that it has, and those that the
     * kernel is making, stay.
     *
     * @param index need not be one that there is
     */
    void bindToInterface(ServerSocketChannel listening, int index) throws IOException {
        call(setOption, null, descriptorOf(listening), false, SOL_SOCKET, SO_BINDTOIFINDEX, index, false);
    }

    /**
     * A listening socket that this process was started with.
     *
     * @throws IOException when the descriptor is no socket that listens; it is left as it is then
     */
    ServerSocketChannel adopt(int number) throws IOException {
        try {
            Object descriptor = call(newDescriptor, null, number);
            if ((Integer) call(getOption, null, descriptor, false, SOL_SOCKET, SO_ACCEPTCONN) == 0)
                throw new IOException("does not listen (expected: a socket of ListenStream=, or one that listen() was"
                        + " called on)");
            // The family only decides on options that a listener does not set.
            return (ServerSocketChannel)
                    wrap.newInstance(SelectorProvider.provider(), StandardProtocolFamily.INET6, descriptor, true);
        } catch (InvocationTargetException e) {
            throw failure(e);
        } catch (ReflectiveOperationException e) {
            throw new IOException(e);
        }
    }

    private Object descriptorOf(ServerSocketChannel listening) throws IOException {
        return call(descriptor, listening);
    }

    private static Object call(Method method, @Nullable Object target, Object... arguments) throws IOException {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw failure(e);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            throw new IOException(e);
        }
    }

    private static IOException failure(InvocationTargetException e) {
        Throwable cause = e.getCause();
        return cause instanceof IOException io ? io : new IOException(cause);
    }
}
