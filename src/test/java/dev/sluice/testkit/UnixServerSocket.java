package dev.sluice.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A listening Unix-domain socket in the clothes of the other kind, which Java does not give it. */
final class UnixServerSocket extends ServerSocket {
    private final Path path;
    private final ServerSocketChannel channel;

    /** Binds it; deletes what another one has left at this path. */
    UnixServerSocket(Path path) throws IOException {
        this.path = path;
        Files.deleteIfExists(path);
        channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        channel.bind(UnixDomainSocketAddress.of(path), 2048);
    }

    Path path() {
        return path;
    }

    @Override
    public Socket accept() throws IOException {
        return new Accepted(channel.accept());
    }

    @Override
    public void close() throws IOException {
        super.close();
        channel.close();
    }

    private static final class Accepted extends Socket {
        private final SocketChannel channel;

        Accepted(SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        public InputStream getInputStream() {
            return new InputStream() {
                @Override
                public int read() throws IOException {
                    byte[] one = new byte[1];
                    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
                }

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    return channel.read(ByteBuffer.wrap(bytes, offset, length));
                }
            };
        }

        @Override
        public OutputStream getOutputStream() {
            return new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    ByteBuffer left = ByteBuffer.wrap(bytes, offset, length);
                    while (left.hasRemaining()) channel.write(left);
                }
            };
        }

        @Override
        public void setTcpNoDelay(boolean on) {
            // There is no TCP here.
        }

        @Override
        public void setSoLinger(boolean on, int linger) {
            // Nor a reset: whoever closes with bytes unread makes one.
        }

        @Override
        public void shutdownOutput() throws IOException {
            channel.shutdownOutput();
        }

        @Override
        public void close() throws IOException {
            super.close();
            channel.close();
        }
    }
}
