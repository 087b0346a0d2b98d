package dev.sluice.proxy;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.util.BufferUtil;
import org.junit.jupiter.api.Test;

class BackendBuffersTest {
    private final ArrayByteBufferPool pool = new ArrayByteBufferPool();
    private final BackendBuffers buffers = new BackendBuffers(pool);

    @Test
    void holderWhoComesTooLateCannotDisturbTheNextOne() {
        RetainableByteBuffer first = buffers.acquire(1024, true);
        ByteBuffer kept = first.getByteBuffer();
        assertThat(first.release()).isTrue();
        RetainableByteBuffer second = pool.acquire(1024, true);
        BufferUtil.append(second.getByteBuffer(), "second".getBytes(US_ASCII));

        BufferUtil.clear(kept);

        assertThat(BufferUtil.toString(second.getByteBuffer())).isEqualTo("second");
        second.release();
    }

    @Test
    void memoryGoesBackToThePoolWithItsLastRelease() {
        RetainableByteBuffer buffer = buffers.acquire(1024, true);
        buffer.retain();

        assertThat(buffer.release()).isFalse();
        assertThat(pool.getAvailableDirectByteBufferCount()).isZero();
        assertThat(buffer.release()).isTrue();
        assertThat(pool.getAvailableDirectByteBufferCount()).isEqualTo(1);
    }

    @Test
    void bufferIsEmptyWhateverItHeldBefore() {
        RetainableByteBuffer first = buffers.acquire(1024, true);
        BufferUtil.append(first.getByteBuffer(), "first".getBytes(US_ASCII));
        first.release();

        RetainableByteBuffer second = buffers.acquire(1024, true);

        assertThat(second.hasRemaining()).isFalse();
        assertThat(second.space()).isGreaterThanOrEqualTo(1024);
        second.release();
    }
}
