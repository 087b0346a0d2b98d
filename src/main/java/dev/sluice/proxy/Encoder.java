package dev.sluice.proxy;

import java.nio.ByteBuffer;

/** Turns the body of one answer into a content coding. Holds memory outside of the heap. Not safe for use by several threads. */
interface Encoder {
    /**
     * Takes what has come and gives all that it has become: whoever receives that can read everything so far. When there is
     * no room for it, the rest is given by further calls with the same arguments and another room.
     *
     * @param in what has not been taken yet; maybe empty
     * @param last whether nothing follows
     * @param out outside of the heap, 64 bytes at least, to be filled from its position to its limit
     * @return whether all of it has been taken and given
     * @throws IllegalStateException when the library fails
     */
    boolean encode(ByteBuffer in, boolean last, ByteBuffer out);

    /** Gets ready for another body, whatever has become of this one. @return false when that cannot be: it is to be closed then */
    boolean renew();

    /** Gives its memory back. To be called once, and nothing after it. */
    void close();
}
