package dev.sluice.listener;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.io.ManagedSelector;
import org.jspecify.annotations.Nullable;

/** A selector that knows which thread runs it, and to which listener it belongs. */
final class LoopSelector extends ManagedSelector {
    /** Up to how many bytes several buffers are written as one. */
    static final int SCRATCH = 2048;

    /** What is read at once only to be thrown away. */
    private static final int SINK = 16 * 1024;

    private final ListenerConnector.Selectors manager;
    private final AtomicReference<@Nullable ByteBuffer> scratch =
            new AtomicReference<>(ByteBuffer.allocateDirect(SCRATCH));
    private volatile @Nullable Thread thread;
    private boolean settingUp; // of the selector's thread
    private @Nullable ByteBuffer sink; // of the selector's thread

    LoopSelector(ListenerConnector.Selectors manager, int id) {
        super(manager, id);
        this.manager = manager;
    }

    ListenerConnector.Selectors manager() {
        return manager;
    }

    /** An empty buffer, to be given back at once; null while another thread has it. */
    @Nullable
    ByteBuffer takeScratch() {
        ByteBuffer taken = scratch.getAndSet(null);
        return taken == null ? null : taken.clear();
    }

    void giveBackScratch(ByteBuffer taken) {
        scratch.setRelease(taken);
    }

    /** For what nobody will look at. Of the selector's thread. */
    ByteBuffer sink() {
        ByteBuffer made = sink;
        if (made == null) {
            made = ByteBuffer.allocateDirect(SINK);
            sink = made;
        }
        return made;
    }

    /** Who selected last, or null before the first time. */
    @Nullable
    Thread thread() {
        return thread;
    }

    /** Whether the caller runs on the thread that selects. */
    boolean isHere() {
        return thread == Thread.currentThread();
    }

    /**
     * Whether the caller is an update that sets up a connection. What Jetty would have another thread do then can be done
     * on the spot: it takes microseconds, and nothing else is under way on this thread.
     */
    boolean isSettingUp() {
        return settingUp && isHere();
    }

    @Override
    public void submit(SelectorUpdate update) {
        // Of Jetty's updates those that set up a connection can be run by others, too.
        super.submit(update instanceof Runnable ? setUp(update) : update);
    }

    private SelectorUpdate setUp(SelectorUpdate update) {
        return selector -> {
            settingUp = true;
            try {
                update.update(selector);
            } finally {
                settingUp = false;
            }
        };
    }

    @Override
    protected int nioSelect(Selector selector, boolean now) throws IOException {
        // Jetty may let another thread select while this one works on what may block.
        if (!isHere()) thread = Thread.currentThread();
        return super.nioSelect(selector, now);
    }
}
