package dev.sluice.drill;

import java.util.List;

/** The kinds of clients. */
public enum Kind {
    /** HTTP/1.1, a new connection for each request. */
    SHORT("new connections"),
    /** HTTP/1.1, one request after the other on a connection, as long as it stays open. */
    KEPT("kept alive"),
    /** HTTP/2, several requests at a time on a connection. */
    MULTIPLEXED("HTTP/2"),
    /** Sends messages and waits for the echo of each. */
    WEBSOCKET("WebSocket"),
    /** Server-sent events. */
    EVENTS("event stream"),
    UPLOAD("slow upload"),
    DOWNLOAD("slow download"),
    /** Asks for what never comes. */
    STUCK("stuck request");

    private final String label;

    Kind(String label) {
        this.label = label;
    }

    /** As reports call it. */
    public String label() {
        return label;
    }

    /** The usual ones. Real backends are asked for nothing but what a GET brings. */
    static List<Kind> of(boolean real) {
        return real
                ? List.of(SHORT, KEPT, MULTIPLEXED)
                : List.of(SHORT, KEPT, MULTIPLEXED, WEBSOCKET, EVENTS, UPLOAD, DOWNLOAD);
    }
}
