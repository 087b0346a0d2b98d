package dev.sluice.drill;

/** How a request ended, as its client saw it. */
public enum Outcome {
    /** With a whole answer. */
    FINISHED("finished", false),
    /** With a whole answer, and the word that the connection will be closed; a WebSocket with Close 1001. */
    TOLD_TO_CLOSE("told to close", false),
    /** An event stream that was ended in order before its time. */
    ENDED_EARLY("ended early, in order", false),
    /** Broken off at the deadline. */
    CUT("cut at the deadline", true),
    /** Without a whole answer, for whatever other reason. */
    LOST("lost", true),
    /** The same before the stop had begun: none of its doing. */
    FAILED_BEFORE("failed before the stop", false);

    private final String label;
    private final boolean lost;

    Outcome(String label, boolean lost) {
        this.label = label;
        this.lost = lost;
    }

    /** As reports call it. */
    public String label() {
        return label;
    }

    /** Whether it is one of those that a drill counts as lost. */
    public boolean isLost() {
        return lost;
    }
}
