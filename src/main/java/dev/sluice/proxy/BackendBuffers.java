package dev.sluice.proxy;

import java.nio.ByteBuffer;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.RetainableByteBuffer;

/**
 * The buffers of a pool for Jetty's client: the memory is the pool's, position and limit belong to one holder.
 *
 * <p>When a connection ends while its answer is being read, Jetty's {@code HttpReceiverOverHTTP} clears a buffer that it has
 * given back already. By then another connection may be reading into that buffer, and would lose its bytes, or get those
 * of before. Here a late holder has nothing but an object of its own left to change.
 */
final class BackendBuffers extends ByteBufferPool.Wrapper {
    BackendBuffers(ByteBufferPool pool) {
        super(pool);
    }

    /**
     * A buffer of the pool.
     *
     * @param size bytes at least, or -1 for the pool's own size
     * @param direct whether the memory is outside of the heap
     * @return empty, and retained once; given back to the pool with its last release
     */
    @Override
    public RetainableByteBuffer.Mutable acquire(int size, boolean direct) {
        RetainableByteBuffer pooled = super.acquire(size, direct);
        ByteBuffer memory = pooled.getByteBuffer();
        return RetainableByteBuffer.wrap(memory.duplicate().order(memory.order()), pooled);
    }
}
