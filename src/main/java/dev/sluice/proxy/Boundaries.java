package dev.sluice.proxy;

import java.nio.ByteBuffer;

/**
 * Follows an answer that may have no end of its own, without touching it: to know where one of its pieces ends and the next
 * has not begun, which is where somebody else may end it. Not safe for use by several threads.
 */
abstract class Boundaries {
    /** Whether a piece has ended and no other begun; so it is before the first one. */
    abstract boolean isBetween();

    /** Takes one byte. */
    abstract void take(byte next);

    /** Follows what is passed on. */
    void follow(ByteBuffer bytes) {
        for (int at = bytes.position(); at < bytes.limit(); at++) take(bytes.get(at));
    }

    /**
     * Follows it as far as the end of the piece that has begun.
     *
     * @return how many of the bytes belong to that
     */
    int followToEndOfPiece(ByteBuffer bytes) {
        int at = bytes.position();
        while (at < bytes.limit() && !isBetween()) take(bytes.get(at++));
        return at - bytes.position();
    }
}
