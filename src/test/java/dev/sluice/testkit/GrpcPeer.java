package dev.sluice.testkit;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A gRPC server of grpc-java, on HTTP/2 by prior knowledge, whose messages are text; and channels to it through a proxy. */
public final class GrpcPeer implements AutoCloseable {
    /** A message's own echo. */
    public static final MethodDescriptor<String, String> UNARY = method("Unary", MethodType.UNARY);

    /** All messages, joined by commas. */
    public static final MethodDescriptor<String, String> JOIN = method("Join", MethodType.CLIENT_STREAMING);

    /** As many messages as the one names, numbered. */
    public static final MethodDescriptor<String, String> COUNT = method("Count", MethodType.SERVER_STREAMING);

    /** The echo of each message as it comes. */
    public static final MethodDescriptor<String, String> CHAT = method("Chat", MethodType.BIDI_STREAMING);

    /** NOT_FOUND with a detail, without a message. */
    public static final MethodDescriptor<String, String> FAIL = method("Fail", MethodType.UNARY);

    /** Nothing until it is cancelled. */
    public static final MethodDescriptor<String, String> WAIT = method("Wait", MethodType.SERVER_STREAMING);

    /** What {@link #FAIL} sends with its status. */
    public static final Metadata.Key<String> DETAIL = Metadata.Key.of("x-detail", Metadata.ASCII_STRING_MARSHALLER);

    private final Server server;
    private final List<String> seen = new CopyOnWriteArrayList<>();

    private GrpcPeer(String name) {
        try {
            server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                    .maxInboundMessageSize(64 << 20)
                    .addService(service(name))
                    .build()
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param service the name of the one that it offers, {@code test.Echo} where the methods here are used as they are */
    public static GrpcPeer start(String service) {
        return new GrpcPeer(service);
    }

    public String url() {
        return "h2c://127.0.0.1:" + server.getPort();
    }

    /** Waits for something that it noticed: {@code waiting}, {@code cancelled}, {@code deadline}. */
    public void await(String what) {
        Awaitility.await(what).atMost(Gate.TIMEOUT).until(() -> seen.contains(what));
    }

    public void forget() {
        seen.clear();
    }

    /** Ends it and all that it is doing. */
    @Override
    public void close() {
        server.shutdownNow();
        try {
            server.awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends it as one does that restarts: GOAWAY, and what is under way goes on. */
    public void shutDown() {
        server.shutdown();
    }

    /** A channel to a listener of the proxy. */
    public static ManagedChannel channel(RunningProxy proxy, boolean tls) {
        try {
            NettyChannelBuilder builder = NettyChannelBuilder.forAddress(
                            "127.0.0.1", tls ? proxy.tlsPort() : proxy.httpPort())
                    .maxInboundMessageSize(64 << 20);
            if (!tls) return builder.usePlaintext().build();
            return builder.sslContext(GrpcSslContexts.forClient()
                            .trustManager(InsecureTrustManagerFactory.INSTANCE)
                            .build())
                    .overrideAuthority("sluice.test")
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same method of another service. */
    public static MethodDescriptor<String, String> of(String service, MethodDescriptor<String, String> method) {
        return method.toBuilder()
                .setFullMethodName(
                        MethodDescriptor.generateFullMethodName(service, String.valueOf(method.getBareMethodName())))
                .build();
    }

    /** A call whose messages a test sends and reads one by one. */
    public static final class Conversation implements StreamObserver<String> {
        private final List<String> received = new CopyOnWriteArrayList<>();
        private volatile Status end = Status.UNKNOWN;
        private volatile boolean ended;
        private final ClientCallStreamObserver<String> out;

        public Conversation(Channel channel, MethodDescriptor<String, String> method, CallOptions options) {
            out = (ClientCallStreamObserver<String>)
                    io.grpc.stub.ClientCalls.asyncBidiStreamingCall(channel.newCall(method, options), this);
        }

        public void send(String message) {
            out.onNext(message);
        }

        public void complete() {
            out.onCompleted();
        }

        public void cancel() {
            out.cancel("enough", null);
        }

        public List<String> awaitMessages(int n) {
            Awaitility.await(n + " messages")
                    .atMost(Gate.TIMEOUT)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> received.size() >= n || ended);
            return new ArrayList<>(received);
        }

        public Status awaitEnd() {
            Awaitility.await("the end of the call").atMost(Gate.TIMEOUT).until(() -> ended);
            return end;
        }

        @Override
        public void onNext(String message) {
            received.add(message);
        }

        @Override
        public void onError(Throwable failure) {
            end = Status.fromThrowable(failure);
            ended = true;
        }

        @Override
        public void onCompleted() {
            end = Status.OK;
            ended = true;
        }
    }

    private ServerServiceDefinition service(String name) {
        return ServerServiceDefinition.builder(name)
                .addMethod(of(name, UNARY), ServerCalls.asyncUnaryCall(this::unary))
                .addMethod(of(name, FAIL), ServerCalls.asyncUnaryCall((message, out) -> fail(out)))
                .addMethod(of(name, JOIN), ServerCalls.asyncClientStreamingCall(GrpcPeer::join))
                .addMethod(of(name, COUNT), ServerCalls.asyncServerStreamingCall(GrpcPeer::count))
                .addMethod(of(name, WAIT), ServerCalls.asyncServerStreamingCall((message, out) -> waitFor(out)))
                .addMethod(of(name, CHAT), ServerCalls.asyncBidiStreamingCall(GrpcPeer::chat))
                .build();
    }

    private void unary(String message, StreamObserver<String> out) {
        if (Context.current().getDeadline() != null) seen.add("deadline");
        out.onNext(message);
        out.onCompleted();
    }

    private static void fail(StreamObserver<String> out) {
        Metadata trailers = new Metadata();
        trailers.put(DETAIL, "nothing there");
        out.onError(Status.NOT_FOUND.withDescription("no such thing").asRuntimeException(trailers));
    }

    private static void count(String many, StreamObserver<String> out) {
        for (int i = 0; i < Integer.parseInt(many); i++) out.onNext("message " + i);
        out.onCompleted();
    }

    private void waitFor(StreamObserver<String> out) {
        ((ServerCallStreamObserver<String>) out).setOnCancelHandler(() -> seen.add("cancelled"));
        seen.add("waiting");
    }

    private static StreamObserver<String> join(StreamObserver<String> out) {
        List<String> all = new ArrayList<>();
        return new StreamObserver<>() {
            @Override
            public void onNext(String message) {
                all.add(message);
            }

            @Override
            public void onError(Throwable failure) {
                all.clear();
            }

            @Override
            public void onCompleted() {
                out.onNext(String.join(",", all));
                out.onCompleted();
            }
        };
    }

    private static StreamObserver<String> chat(StreamObserver<String> out) {
        return new StreamObserver<>() {
            @Override
            public void onNext(String message) {
                out.onNext(message);
            }

            @Override
            public void onError(Throwable failure) {
                out.onError(failure);
            }

            @Override
            public void onCompleted() {
                out.onCompleted();
            }
        };
    }

    private static MethodDescriptor<String, String> method(String name, MethodType type) {
        MethodDescriptor.Marshaller<String> text = new Text();
        return MethodDescriptor.<String, String>newBuilder()
                .setType(type)
                .setFullMethodName(MethodDescriptor.generateFullMethodName("test.Echo", name))
                .setRequestMarshaller(text)
                .setResponseMarshaller(text)
                .build();
    }

    private static final class Text implements MethodDescriptor.Marshaller<String> {
        @Override
        public InputStream stream(String value) {
            return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
            try {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
