package dev.sluice.listener;

import org.eclipse.jetty.io.ManagedSelector;
import org.jspecify.annotations.Nullable;

/** Which thread runs a selector of ours, for tests of other packages. */
public final class SelectorThreads {
    private SelectorThreads() {}

    /** The one that selected last, or null before the first time. */
    public static @Nullable Thread of(ManagedSelector selector) {
        return ((LoopSelector) selector).thread();
    }
}
