package dev.sluice.proxy;

import org.eclipse.jetty.client.ProtocolHandler;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.client.transport.HttpConversation;
import org.eclipse.jetty.client.transport.HttpExchange;
import org.eclipse.jetty.client.transport.HttpRequest;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;

/**
 * Hands interim responses of backends on instead of swallowing them, and makes Jetty's client wait for the next response
 * (RFC 9110 §15.2).
 */
final class InterimRelay implements ProtocolHandler {
    @Override
    public String getName() {
        return "sluice-interim";
    }

    @Override
    public boolean accept(Request request, Response response) {
        return HttpStatus.isInterim(response.getStatus());
    }

    @Override
    public Response.Listener getResponseListener() {
        return new Response.Listener() {
            @Override
            public void onSuccess(Response response) {
                int status = response.getStatus();
                HttpFields headers = HttpFields.build(response.getHeaders()).asImmutable();
                expectNext(response);
                JettyTransport.Sending sending = JettyTransport.sending(response.getRequest());
                if (sending != null) sending.answer().interim(status, headers);
            }

            @Override
            public void onFailure(Response response, Throwable failure) {
                HttpExchange exchange = expectNext(response);
                if (exchange == null) return;
                var result = new Result(
                        exchange.getRequest(), exchange.getRequestFailure(), exchange.getResponse(), failure);
                // The end alone: were the other events told too, the interim answer would be taken for the final one.
                exchange.getResponseListeners().notifyComplete(result);
            }
        };
    }

    private static @Nullable HttpExchange expectNext(Response response) {
        HttpConversation conversation = ((HttpRequest) response.getRequest()).getConversation();
        conversation.updateResponseListeners(null);
        HttpExchange exchange = conversation.getExchanges().peekLast();
        if (exchange != null) exchange.resetResponse();
        return exchange;
    }
}
