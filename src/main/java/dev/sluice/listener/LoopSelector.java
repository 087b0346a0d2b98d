package dev.sluice.listener;

import java.io.IOException;
import java.nio.channels.Selector;
import org.eclipse.jetty.io.ManagedSelector;
import org.jspecify.annotations.Nullable;

/** A selector that knows which thread runs it, and to which listener it belongs. */
final class LoopSelector extends ManagedSelector {
    private final ListenerConnector.Selectors manager;
    private volatile @Nullable Thread thread;

    LoopSelector(ListenerConnector.Selectors manager, int id) {
        super(manager, id);
        this.manager = manager;
    }

    ListenerConnector.Selectors manager() {
        return manager;
    }

    /** Whether the caller runs on the thread that selects. */
    boolean isHere() {
        return thread == Thread.currentThread();
    }

    @Override
    protected int nioSelect(Selector selector, boolean now) throws IOException {
        // Jetty may let another thread select while this one works on what may block.
        if (!isHere()) thread = Thread.currentThread();
        return super.nioSelect(selector, now);
    }
}
