package dev.sluice.drill;

/** How far a request had come. */
public enum Phase {
    CONNECTING("connecting"),
    HANDSHAKE("in the TLS handshake"),
    SENDING("sending the request"),
    WAITING("waiting for the answer"),
    RECEIVING("receiving the answer"),
    /** A WebSocket after its handshake. */
    OPEN("open");

    private final String label;

    Phase(String label) {
        this.label = label;
    }

    /** As reports call it. */
    public String label() {
        return label;
    }
}
