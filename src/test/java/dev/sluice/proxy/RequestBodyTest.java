package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Gate;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Jetty's parser is for one thread at a time, also while it is asked for more: a read at the same moment took the
 * connection for ended, and the client lost the rest of its answer.
 */
@Timeout(30)
class RequestBodyTest {
    private final Gate asked = new Gate();
    private final Gate mayWait = new Gate();
    private final List<String> events = new CopyOnWriteArrayList<>();
    private final Request in = (Request) Proxy.newProxyInstance(
            Request.class.getClassLoader(),
            new Class<?>[] {Request.class},
            (proxy, method, arguments) -> switch (method.getName()) {
                case "read" -> read();
                case "demand" -> demand();
                case "getLength" -> -1L;
                default -> throw new UnsupportedOperationException(method.getName());
            });
    private final RequestBody body = new RequestBody(in, null, BodyProgress.NONE, 0, -1);

    private Content.@Nullable Chunk read() {
        events.add("read");
        return null;
    }

    private @Nullable Object demand() {
        events.add("asking");
        asked.open();
        mayWait.pass();
        events.add("asked");
        return null;
    }

    @Test
    void bodyThatIsThrownAwayIsNotReadWhileMoreOfItIsAskedFor() {
        CompletableFuture<Void> sender = askForMore();

        body.discard(1, null);
        events.add("answered");
        mayWait.open();
        sender.join();

        assertThat(events).containsExactly("asking", "answered", "asked", "read");
    }

    @Test
    void bodyIsNotQuietWhileMoreOfItIsAskedFor() {
        CompletableFuture<Void> sender = askForMore();

        body.quiet(() -> events.add("quiet"));
        events.add("answered");
        mayWait.open();
        sender.join();

        assertThat(events).containsExactly("asking", "answered", "asked", "quiet");
    }

    private CompletableFuture<Void> askForMore() {
        RequestBody.View view = body.forAttempt();
        CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> view.demand(() -> events.add("resumed")));
        asked.pass();
        return sender;
    }
}
