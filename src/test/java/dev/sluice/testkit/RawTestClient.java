package dev.sluice.testkit;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** HTTP/1.1 for the suite that runs over every protocol. */
final class RawTestClient implements TestClient {
    private final RawClient raw;

    RawTestClient(RawClient raw) {
        this.raw = raw;
    }

    @Override
    public TestExchange open(TestRequest request) throws IOException {
        boolean chunked = request.hasBody() && !request.sized();
        raw.send(head(request, chunked));
        Exchange exchange = new Exchange(request.method(), chunked);
        byte[] body = request.body();
        if (body != null) {
            if (body.length > 0) exchange.write(body);
            exchange.end(request.trailers());
        }
        return exchange;
    }

    private static String head(TestRequest request, boolean chunked) {
        StringBuilder head = new StringBuilder();
        head.append(request.method()).append(' ').append(request.target()).append(" HTTP/1.1\r\n");
        head.append("Host: ").append(request.authority()).append("\r\n");
        for (Field field : request.fields()) head.append(field).append("\r\n");
        byte[] body = request.body();
        if (chunked) {
            head.append("Transfer-Encoding: chunked\r\n");
        } else if (request.hasBody()) {
            long length = body != null ? body.length : request.length();
            head.append("Content-Length: ").append(length).append("\r\n");
        }
        return head.append("\r\n").toString();
    }

    @Override
    public void close() throws IOException {
        raw.close();
    }

    private final class Exchange implements TestExchange {
        private final String method;
        private final boolean chunked;
        private final List<TestHead> interims = new ArrayList<>();
        private final ByteArrayOutputStream before = new ByteArrayOutputStream();
        private @Nullable TestHead head;
        private @Nullable BodyReader body;

        Exchange(String method, boolean chunked) {
            this.method = method;
            this.chunked = chunked;
        }

        @Override
        public void write(byte[] piece) throws IOException {
            if (chunked) raw.send(Integer.toHexString(piece.length) + "\r\n");
            raw.send(piece);
            if (chunked) raw.send("\r\n");
        }

        @Override
        public void end(List<Field> trailers) throws IOException {
            if (!chunked) return;
            StringBuilder last = new StringBuilder("0\r\n");
            for (Field trailer : trailers) last.append(trailer).append("\r\n");
            raw.send(last.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        }

        @Override
        public TestHead awaitInterim() throws IOException {
            if (head != null) throw new IOException("final response: " + head + " (expected: an interim one)");
            TestHead next = raw.readHead();
            if (next.status() >= 200) {
                head = next;
                throw new IOException("final response: " + next + " (expected: an interim one)");
            }
            interims.add(next);
            return next;
        }

        @Override
        public TestHead awaitHead() throws IOException {
            while (head == null) {
                TestHead next = raw.readHead();
                if (next.status() < 200 && next.status() != 101) interims.add(next);
                else head = next;
            }
            return head;
        }

        private BodyReader body() throws IOException {
            if (body == null) body = raw.body(method, awaitHead());
            return body;
        }

        @Override
        public byte[] awaitBody(int n) throws IOException {
            byte[] bytes = new byte[n];
            byte[] one = new byte[1];
            for (int i = 0; i < n; i++) {
                if (body().read(one) < 0) throw new EOFException("body ended after " + i + " of " + n + " bytes");
                bytes[i] = one[0];
            }
            before.writeBytes(bytes);
            return bytes;
        }

        @Override
        public TestResponse finish() throws IOException {
            BodyReader rest = body();
            return raw.readRest(awaitHead(), rest, interims, before.toByteArray());
        }

        @Override
        public BodySum sumBody() throws IOException {
            return body().sumAll();
        }

        @Override
        public void abort() throws IOException {
            raw.reset();
        }
    }
}
