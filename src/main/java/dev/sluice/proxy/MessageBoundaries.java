package dev.sluice.proxy;

import java.nio.ByteBuffer;

/** Of the messages of gRPC: five bytes, the last four of which are the length of what follows ("gRPC over HTTP/2"). */
final class MessageBoundaries extends Boundaries {
    private static final int PREFIX = 5;

    private int ofPrefix;
    private long length;
    private long left;

    @Override
    boolean isBetween() {
        return ofPrefix == 0 && left == 0;
    }

    @Override
    void take(byte next) {
        if (left > 0) {
            left--;
            return;
        }
        length = ofPrefix <= 1 ? 0 : length;
        if (ofPrefix > 0) length = length << 8 | (next & 0xFF);
        if (++ofPrefix < PREFIX) return;
        ofPrefix = 0;
        left = length;
    }

    @Override
    void follow(ByteBuffer bytes) {
        int at = bytes.position();
        while (at < bytes.limit()) {
            // Messages may be large.
            long skipped = Math.min(left, bytes.limit() - at);
            left -= skipped;
            at += (int) skipped;
            if (at < bytes.limit()) take(bytes.get(at++));
        }
    }
}
