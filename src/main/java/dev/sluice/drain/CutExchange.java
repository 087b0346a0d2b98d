package dev.sluice.drain;

import java.time.Duration;

/**
 * An exchange that a drain did not let finish, or may not. Of the target only the path is kept: queries hold what is nobody's business.
 *
 * @param listener as logs have it: {@code http :8080}
 * @param client address and port
 * @param path raw, as it came
 * @param route {@code none} when it had come to none
 * @param backend {@code none} when it had been given none
 * @param phase what it was doing: waiting for a backend, reading, waiting, streaming, tunnelling
 * @param age since its request began
 * @param received bytes of the request's body
 * @param sent bytes of the response's body
 */
public record CutExchange(
        String listener,
        String client,
        String method,
        String path,
        String route,
        String backend,
        String phase,
        Duration age,
        long received,
        long sent) {
    /** As the log has it, without the listener. */
    String inWords() {
        return "client " + client + ", " + method + " " + path + ", route " + route + ", backend " + backend + ", "
                + phase + ", age " + age.toMillis() + " ms, received " + received + " bytes, sent " + sent + " bytes";
    }
}
