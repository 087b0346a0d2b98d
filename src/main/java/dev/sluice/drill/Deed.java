package dev.sluice.drill;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One thing to ask for, and what a stand-in is told to answer.
 *
 * @param target of the request, percent-encoded
 * @param delay from the end of the request to the answer
 * @param sendPieces in which the body is sent, with a pause between two; 0 for no body
 * @param sendSize of each, in bytes
 * @param givePieces in which the answer is given
 * @param giveSize of each, in bytes
 * @param events whether the answer is a stream of events, of no length that is known before
 * @param pause between two pieces, either way
 */
record Deed(
        String method,
        String target,
        Duration delay,
        int sendPieces,
        int sendSize,
        int givePieces,
        int giveSize,
        boolean events,
        Duration pause) {
    /** The field that a stand-in reads. */
    static final String FIELD = "Sluice-Drill";

    /** The field in which it says how many bytes of a body it got. */
    static final String TAKEN = "Sluice-Drill-Taken";

    private static final int MOST_PIECES = 100_000;
    private static final int LARGEST_PIECE = 1 << 20;

    /** Bytes of the request's body. */
    long length() {
        return (long) sendPieces * sendSize;
    }

    /** Bytes of the answer's body. */
    long expected() {
        return (long) givePieces * giveSize;
    }

    String instruction() {
        return "wait=" + delay.toMillis() + " pieces=" + givePieces + " size=" + giveSize + " events="
                + (events ? 1 : 0) + " pause=" + pause.toMillis();
    }

    /** What {@link #instruction()} said; a stand-in that was told nothing, or nonsense, answers at once with nothing. */
    static Deed instructed(String method, String instruction) {
        Map<String, Integer> said = new LinkedHashMap<>();
        for (String word : instruction.split(" ")) {
            int equals = word.indexOf('=');
            if (equals > 0 && word.substring(equals + 1).matches("[0-9]{1,9}"))
                said.put(word.substring(0, equals), Integer.valueOf(word.substring(equals + 1)));
        }
        return new Deed(
                method,
                "",
                Duration.ofMillis(said.getOrDefault("wait", 0)),
                0,
                0,
                Math.min(said.getOrDefault("pieces", 0), MOST_PIECES),
                Math.min(said.getOrDefault("size", 0), LARGEST_PIECE),
                said.getOrDefault("events", 0) == 1,
                Duration.ofMillis(said.getOrDefault("pause", 0)));
    }
}
