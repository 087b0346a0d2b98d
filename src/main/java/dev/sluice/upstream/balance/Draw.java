package dev.sluice.upstream.balance;

import java.util.Arrays;

/** Draws indexes, each as often as its weight says, in the same time however many they are (Vose's alias method). Immutable. */
final class Draw {
    /** Beyond what 32 random bits can be: the index stays. */
    private static final long CERTAIN = 1L << 32;

    private final long[] stays;
    private final int[] otherwise;

    Draw(int[] weights) {
        int n = weights.length;
        stays = new long[n];
        otherwise = new int[n];
        Arrays.fill(stays, CERTAIN);
        double mean = Arrays.stream(weights).asLongStream().sum() / (double) n;
        double[] part = new double[n];
        int[] stack = new int[n]; // those below the mean from its beginning, the others from its end
        int below = 0;
        int above = n;
        for (int i = 0; i < n; i++) {
            part[i] = weights[i] / mean;
            if (part[i] < 1) stack[below++] = i;
            else stack[--above] = i;
        }
        while (below > 0 && above < n) {
            int small = stack[--below];
            int large = stack[above];
            stays[small] = (long) (part[small] * CERTAIN);
            otherwise[small] = large;
            part[large] -= 1 - part[small];
            if (part[large] < 1) {
                above++;
                stack[below++] = large;
            }
        }
    }

    /** @param random 64 bits of it */
    int of(long random) {
        int index = below(stays.length, random);
        return (random & 0xffff_ffffL) < stays[index] ? index : otherwise[index];
    }

    /** One of so many, evenly, by the upper half of 64 random bits. */
    static int below(int bound, long random) {
        return (int) ((random >>> 32) * bound >>> 32);
    }
}
