package dev.sluice.proxy;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;

/** A body that has been copied, and is framed as its original: nothing of the client's request is left in it. To be read once. */
final class CopiedBody implements BackendBody {
    private final ByteBuffer bytes;
    private final long announced;
    private final @Nullable HttpFields trailers;
    private boolean taken; // by the one who reads

    /**
     * @param bytes all of it
     * @param announced its length, or -1 where the original had not said any
     */
    CopiedBody(ByteBuffer bytes, long announced, @Nullable HttpFields trailers) {
        this.bytes = bytes;
        this.announced = announced;
        this.trailers = trailers;
    }

    @Override
    public @Nullable HttpFields trailers() {
        return trailers;
    }

    @Override
    public long getLength() {
        return announced;
    }

    @Override
    public Content.Chunk read() {
        if (taken) return Content.Chunk.EOF;
        taken = true;
        return Content.Chunk.from(bytes, true);
    }

    @Override
    public void demand(Runnable demandCallback) {
        demandCallback.run(); // All of it is there.
    }

    @Override
    public void fail(Throwable failure) {
        taken = true;
    }
}
