package dev.sluice.admin;

/** What can be asked of a proxy and told to it. Any thread may call; nothing blocks but where it is said. */
public interface Control {
    /**
     * The same thing twice.
     *
     * @param text for people: lines, each ended
     * @param json for programs: one line
     */
    record Report(String text, String json) {}

    /** Whether new requests are welcome. */
    boolean isReady();

    /** In one word: starting, serving, announced, draining or stopped. */
    String state();

    /** How far it has come with its end, if that has begun. */
    Report progress();

    /** What a drain would come to that began now. */
    Report plan();

    /** @return false when readiness had been taken back before */
    boolean announce();

    /** @return false when nothing was announced, or when it is too late */
    boolean cancelAnnouncement();

    /** Begins to stop. @return false when that had begun before */
    boolean drain();

    /**
     * Puts the configuration that is read anew in the place of the one that runs. Blocks until that is done.
     *
     * @return what has changed
     * @throws RefusedException why nothing has
     */
    Report reload() throws RefusedException;

    /**
     * What {@link #reload} would come to.
     *
     * @throws RefusedException why it could not be done
     */
    Report planReload() throws RefusedException;

    /** Why something was not done, for people. */
    final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        public RefusedException(String message) {
            super(message);
        }
    }

    /** Ends a drain that is under way as if its deadline had come. @return false when there is none */
    boolean cut();
}
