package dev.sluice.upstream.discovery;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Message;
import org.xbill.DNS.io.IoClientFactory;
import org.xbill.DNS.io.TcpIoClient;
import org.xbill.DNS.io.UdpIoClient;

/**
 * Takes questions to DNS servers. Datagrams all on one thread, each question from a port of its own, so that who forges an
 * answer has to guess both port and id; answers that do not fit a datagram by TCP, on few threads that wait for them. Unlike
 * the library's own sockets these end with whom they belong to, as they must in a web application.
 */
final class DnsSockets implements IoClientFactory, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("discovery");
    private static final int ID = 2;

    private final Executor waiting;
    private final Queue<Asked> begun = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile @Nullable Selector selector; // null until opened: what is never started holds nothing
    private volatile boolean closed;

    /** @param waiting its threads may be held for the time that a question has */
    DnsSockets(Executor waiting) {
        this.waiting = waiting;
        thread = new Thread(this::run, "discovery-dns");
        thread.setDaemon(true);
    }

    /** Before the first question. */
    void open() throws IOException {
        selector = Selector.open();
        thread.start();
    }

    @Override
    public UdpIoClient createOrGetUdpClient() {
        return (local, remote, query, data, max, timeout) -> {
            Selector open = selector;
            if (open == null) return CompletableFuture.failedFuture(new IOException("not started"));
            Asked asked = new Asked(remote, data, max, System.nanoTime() + timeout.toNanos());
            begun.add(asked);
            open.wakeup();
            // Who comes after the end would wait for ever.
            if (closed) failAll(begun);
            return asked.answer;
        };
    }

    @Override
    public TcpIoClient createOrGetTcpClient() {
        return this::overTcp;
    }

    private CompletableFuture<byte[]> overTcp(
            @Nullable InetSocketAddress local, InetSocketAddress remote, Message query, byte[] data, Duration timeout) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        try {
            waiting.execute(() -> {
                try {
                    answer.complete(exchange(remote, data, timeout));
                } catch (IOException e) {
                    answer.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(new IOException("too many answers that need TCP", e));
        }
        return answer;
    }

    /** RFC 1035 §4.2.2: two bytes of length before each message. */
    private static byte[] exchange(InetSocketAddress remote, byte[] data, Duration timeout) throws IOException {
        int millis = (int) Math.max(1, timeout.toMillis());
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(millis);
            socket.connect(remote, millis);
            ByteBuffer out = ByteBuffer.allocate(2 + data.length);
            out.putShort((short) data.length).put(data);
            socket.getOutputStream().write(out.array());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] answer = new byte[in.readUnsignedShort()];
            in.readFully(answer);
            return answer;
        }
    }

    /** One question in a datagram. After it has been handed over it is the selector thread's. */
    private static final class Asked {
        private final InetSocketAddress remote;
        private final byte[] question;
        private final int most;
        private final long deadline;
        private final CompletableFuture<byte[]> answer = new CompletableFuture<>();
        private @Nullable DatagramChannel channel;

        Asked(InetSocketAddress remote, byte[] question, int most, long deadline) {
            this.remote = remote;
            this.question = question;
            this.most = most;
            this.deadline = deadline;
        }

        void send(Selector selector) {
            try {
                DatagramChannel fresh = DatagramChannel.open();
                channel = fresh;
                fresh.configureBlocking(false);
                // From others nothing is taken then, and that nobody listens there is told.
                fresh.connect(remote);
                fresh.register(selector, SelectionKey.OP_READ, this);
                fresh.write(ByteBuffer.wrap(question));
            } catch (IOException | RuntimeException e) {
                fail(e);
            }
        }

        void read() {
            DatagramChannel from = channel;
            if (from == null) return;
            ByteBuffer in = ByteBuffer.allocate(most);
            try {
                if (from.read(in) <= 0) return;
            } catch (IOException e) {
                fail(e);
                return;
            }
            byte[] bytes = new byte[in.flip().remaining()];
            in.get(bytes);
            // Another id is a late answer to somebody else, or a forged one: the right one may still come.
            if (bytes.length < ID || bytes[0] != question[0] || bytes[1] != question[1]) return;
            close();
            answer.complete(bytes);
        }

        void fail(Exception why) {
            close();
            answer.completeExceptionally(why);
        }

        private void close() {
            DatagramChannel open = channel;
            channel = null;
            if (open == null) return;
            try {
                open.close();
            } catch (IOException e) {
                LOG.debug("a socket to {} does not close: {}", remote, e.toString());
            }
        }
    }

    private void run() {
        Selector open = selector;
        if (open == null) return;
        try {
            while (!closed) {
                open.select(pause(open));
                for (Asked asked = begun.poll(); asked != null; asked = begun.poll()) asked.send(open);
                for (SelectionKey key : open.selectedKeys()) ((Asked) key.attachment()).read();
                open.selectedKeys().clear();
                long now = System.nanoTime();
                for (SelectionKey key : open.keys()) {
                    Asked asked = (Asked) key.attachment();
                    if (key.isValid() && asked.deadline - now <= 0) asked.fail(new TimeoutException());
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.error("no names can be looked up any more", e);
            closed = true;
        } finally {
            end(open);
        }
    }

    /** Milliseconds until the next question has waited long enough; 0 for ever. */
    private static long pause(Selector selector) {
        long now = System.nanoTime();
        long least = Long.MAX_VALUE;
        for (SelectionKey key : selector.keys()) {
            if (key.isValid()) least = Math.min(least, ((Asked) key.attachment()).deadline - now);
        }
        if (least == Long.MAX_VALUE) return 0;
        return Math.max(1, least / 1_000_000 + 1);
    }

    private void end(Selector selector) {
        for (SelectionKey key : selector.keys()) {
            if (key.isValid()) ((Asked) key.attachment()).fail(new IOException("stopped"));
        }
        failAll(begun);
        try {
            selector.close();
        } catch (IOException e) {
            LOG.debug("the selector does not close: {}", e.toString());
        }
    }

    private static void failAll(Queue<Asked> queue) {
        for (Asked asked = queue.poll(); asked != null; asked = queue.poll()) asked.fail(new IOException("stopped"));
    }

    /** Ends all questions. */
    @Override
    public void close() {
        closed = true;
        Selector open = selector;
        if (open == null) return;
        if (thread.isAlive()) open.wakeup();
        else end(open);
    }
}
