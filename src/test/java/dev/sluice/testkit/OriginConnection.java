package dev.sluice.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** One connection that an origin accepted, served by one thread until either side ends it. */
public final class OriginConnection {
    private final FaultyOrigin origin;
    private final int number;
    private final Socket socket;
    private final WireReader reader;
    private final OutputStream out;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean staleFin;
    private volatile boolean staleReset;
    private volatile int requests;
    private volatile byte[] announcement = {};

    OriginConnection(FaultyOrigin origin, int number, Socket socket) throws IOException {
        this.origin = origin;
        this.number = number;
        this.socket = socket;
        this.reader = new WireReader(socket.getInputStream());
        this.out = socket.getOutputStream();
        socket.setTcpNoDelay(true);
    }

    /** Numbered from 1 in the order they were accepted. */
    public int number() {
        return number;
    }

    /** Requests whose head was read so far. */
    public int requests() {
        return requests;
    }

    /** The header of the PROXY protocol with which it began, where its origin reads one. */
    public byte[] announcement() {
        return announcement;
    }

    /** Whether it has ended, by whichever side. */
    public boolean closed() {
        return closed.getCount() == 0;
    }

    /** Ends it now, whatever it is doing, as a server does that has waited long enough. */
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    CountDownLatch closedLatch() {
        return closed;
    }

    WireReader reader() {
        return reader;
    }

    OutputStream out() {
        return out;
    }

    Socket socket() {
        return socket;
    }

    void closeOnNextRequest(boolean reset) {
        if (reset) staleReset = true;
        else staleFin = true;
    }

    void serve() {
        try (socket) {
            if (origin.isAnnounced()) readAnnouncement();
            boolean more = true;
            while (more) more = serveOne();
        } catch (IOException | IllegalStateException e) {
            // A gate that stayed shut ends here too: the peer sees a closed connection, the test reads the note.
            origin.note(number, e);
        } finally {
            // Counted before it is told, so that whoever waited for the end sees the count.
            origin.gone();
            closed.countDown();
        }
    }

    private void readAnnouncement() throws IOException {
        reader.keep(true);
        int first = reader.read();
        if (first == 'P') {
            reader.readLine();
        } else if (first >= 0) {
            for (int i = 1; i < 14; i++) reader.read();
            int length = reader.read() << 8 | reader.read();
            for (int i = 0; i < length; i++) reader.read();
        }
        announcement = reader.takeRaw();
    }

    private boolean serveOne() throws IOException {
        reader.keep(true);
        reader.takeRaw();
        String line = reader.readLine();
        if (line == null) return false;
        List<Field> fields = reader.readFields();
        requests++;
        ReceivedRequest request = new ReceivedRequest(number, requests, reader.takeRaw(), line, fields);
        origin.received(request);
        if (staleReset) {
            reset();
            return false;
        }
        if (staleFin) return false;
        OriginExchange exchange = new OriginExchange(this, request, BodyReader.ofRequest(reader, fields));
        try {
            origin.scriptFor(request).answer(request, exchange);
            return exchange.settle();
        } catch (IOException e) {
            if (!exchange.endedByScript()) origin.aborted(request, exchange.phase());
            throw e;
        } finally {
            origin.finished(request);
        }
    }

    /** Ends the connection with RST instead of FIN. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }
}
