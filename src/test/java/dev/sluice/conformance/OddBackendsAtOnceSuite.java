package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.OriginExchange;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Many clients of every protocol at once, and a backend that does to each what it should not. */
@Once
abstract class OddBackendsAtOnceSuite extends ConformanceSuite {
    private static final String NOBODYS = "HTTP/1.1 200 OK\r\nX-For: nobody\r\nContent-Length: 6\r\n\r\nnobody";

    OddBackendsAtOnceSuite(ProxyVariant variant) {
        super(variant);
    }

    @Test
    void noClientGetsBytesThatWereNotItsOwnWhateverBackendsDo() throws Exception {
        origin.otherwise(OddBackendsAtOnceSuite::misbehave);
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (int c = 0; c < 8; c++) {
            ClientProtocol protocol = ClientProtocol.values()[c % 4];
            int number = c;
            clients.add(CompletableFuture.runAsync(() -> askOften(protocol, number)));
        }
        for (CompletableFuture<Void> client : clients) client.get(60, TimeUnit.SECONDS);
    }

    private void askOften(ClientProtocol protocol, int number) {
        for (int i = 0; i < 120; i++) {
            String own = "/c" + number + "-" + i;
            try {
                TestResponse response = send(protocol, TestRequest.get(own));
                if (response.status() == 502) continue;
                assertThat(response.values("x-for")).as(own).containsExactly(own);
                assertThat(own.repeat(3)).as(own).startsWith(response.text());
                if (response.status() == 200 && response.complete())
                    assertThat(response.text()).isEqualTo(own.repeat(3));
            } catch (IOException e) {
                throw new AssertionError(own, e);
            }
        }
    }

    /** Another way each time; half of them leave a connection that looks as if it could be used again. */
    private static void misbehave(ReceivedRequest request, OriginExchange exchange) throws IOException {
        String own = request.target();
        String body = own.repeat(3);
        String head = "HTTP/1.1 200 OK\r\nX-For: " + own + "\r\n";
        String whole = head + "Content-Length: " + body.length() + "\r\n\r\n" + body;
        String chunk = Integer.toHexString(body.length()) + "\r\n" + body + "\r\n";
        switch (Math.floorMod(own.hashCode(), 11)) {
            case 0 -> exchange.raw(whole + NOBODYS);
            case 1 -> exchange.raw(head + "Content-Length: " + (body.length() + 5) + "\r\n\r\n" + body);
            case 2 -> exchange.raw("HTTP/1.1 204 None\r\nX-For: " + own + "\r\nContent-Length: 6\r\n\r\nnobody");
            case 3 -> exchange.raw("HTTP/1.1 304 Same\r\nX-For: " + own + "\r\n\r\n" + NOBODYS);
            case 4 -> exchange.raw(head + "Transfer-Encoding: chunked\r\n\r\n" + chunk + "x" + NOBODYS);
            case 5 -> exchange.raw(head + "Transfer-Encoding: chunked\r\n\r\n" + chunk + "0\r\n\r\n" + NOBODYS);
            case 6 -> exchange.raw(head + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\nnobody");
            case 7 -> exchange.raw("HTTP/1.1 103 Hints\r\n\r\n" + whole + "\r\n");
            case 8 -> exchange.raw("nonsense\r\n\r\n" + NOBODYS);
            default -> exchange.raw(whole);
        }
        switch (Math.floorMod(own.hashCode() / 11, 4)) {
            case 0 -> exchange.reset();
            case 1 -> exchange.close();
            default -> {
                if (Math.floorMod(own.hashCode(), 11) == 1) exchange.close(); // Or it would wait for the rest.
            }
        }
    }
}
