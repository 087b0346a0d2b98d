package dev.sluice.proxy;

/**
 * Of an event stream (HTML Living Standard §9.2.5): an event ends with an empty line, and a line with CR LF, LF or CR. Comments
 * between two events belong to none.
 */
final class EventBoundaries extends Boundaries {
    private boolean inEvent;
    private boolean inLine;
    private boolean inComment;
    private boolean afterCr;

    @Override
    boolean isBetween() {
        return !inEvent && !inLine;
    }

    @Override
    void take(byte next) {
        boolean secondOfTwo = afterCr && next == '\n';
        afterCr = next == '\r';
        if (secondOfTwo) return; // The line had ended with the first one.
        if (next == '\r' || next == '\n') {
            inEvent = inLine && (inEvent || !inComment);
            inLine = false;
        } else if (!inLine) {
            inLine = true;
            inComment = next == ':';
        }
    }
}
