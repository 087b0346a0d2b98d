package dev.sluice.upstream.balance;

/** 64 bits from a key, the same in every process, so that proxies agree about who serves it. No secret is in it. */
public final class KeyHash {
    private static final long START = 0xcbf2_9ce4_8422_2325L;
    private static final long PRIME = 0x0000_0100_0000_01b3L;

    private KeyHash() {}

    /** Of a text. */
    public static long of(String text) {
        return of(text, 0, text.length());
    }

    /** Of a part of a text. */
    public static long of(String text, int from, int to) {
        long hash = START;
        for (int i = from; i < to; i++) hash = (hash ^ text.charAt(i)) * PRIME;
        return mix(hash);
    }

    /** Of bytes. */
    public static long of(byte[] bytes) {
        long hash = START;
        for (byte b : bytes) hash = (hash ^ (b & 0xff)) * PRIME;
        return mix(hash);
    }

    /** Of one hash and another one, in that order. */
    public static long of(long first, long second) {
        return mix(first * PRIME + second);
    }

    /** Spreads each bit over all of them (Stafford's thirteenth variant of MurmurHash3's). */
    static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d0_49bb_1331_11ebL;
        return z ^ (z >>> 31);
    }
}
