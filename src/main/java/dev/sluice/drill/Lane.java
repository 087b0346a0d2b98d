package dev.sluice.drill;

import java.util.ArrayList;
import java.util.List;

/**
 * One client, and its lane in the picture.
 *
 * @param index from 0
 * @param listener that it connects to
 * @param secure whether by TLS
 * @param http2 whether in HTTP/2; by ALPN over TLS, with prior knowledge otherwise
 * @param number among those of its kind on its listener, from 1
 */
public record Lane(int index, String listener, boolean secure, Kind kind, boolean http2, int number) {
    /** Those of a plan. Every second slow client speaks HTTP/2. */
    static List<Lane> of(DrillPlan plan) {
        List<Lane> lanes = new ArrayList<>();
        for (var listener : plan.config().listeners()) {
            for (Kind kind : Kind.of(plan.real())) {
                for (int number = 1; number <= plan.clients(); number++) {
                    boolean http2 = switch (kind) {
                        case SHORT, KEPT, WEBSOCKET, STUCK -> false;
                        case MULTIPLEXED -> true;
                        case EVENTS, UPLOAD, DOWNLOAD -> number % 2 == 0;
                    };
                    lanes.add(new Lane(lanes.size(), listener.name(), listener.tls() != null, kind, http2, number));
                }
            }
        }
        var listeners = plan.config().listeners();
        for (int i = 0; i < plan.stuck(); i++) {
            var listener = listeners.get(i % listeners.size());
            int number = i / listeners.size() + 1;
            lanes.add(new Lane(lanes.size(), listener.name(), listener.tls() != null, Kind.STUCK, false, number));
        }
        return List.copyOf(lanes);
    }

    /** {@code https, slow upload 2 (HTTP/2)}. */
    public String label() {
        return listener + ", " + kind.label() + " " + number + (http2 && kind != Kind.MULTIPLEXED ? " (HTTP/2)" : "");
    }
}
