package dev.sluice.proxy;

import dev.sluice.upstream.Backend;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.MultiplexConnectionPool;
import org.jspecify.annotations.Nullable;

/** The connections of Jetty's client to one backend of a pool that has a limit of them. Safe for use by many threads. */
final class RoomyPool extends MultiplexConnectionPool implements ConnectionRoom.Idle {
    private final Tag tag;

    /**
     * What tells the destinations of such a pool from those of others.
     *
     * @param most connections to the backend
     * @param tls how it is spoken there, or null for the usual
     */
    record Tag(
            ConnectionRoom room,
            Backend backend,
            int most,
            @Nullable TlsPeer tls) {}

    RoomyPool(Destination destination, Tag tag, int streamsAtFirst) {
        super(destination, tag.most(), streamsAtFirst);
        this.tag = tag;
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        tag.room().add(this);
    }

    @Override
    protected void doStop() throws Exception {
        tag.room().remove(this);
        super.doStop();
    }

    @Override
    protected void tryCreate(boolean create) {
        // Those that are open take more requests, in their time.
        if (tag.backend().sharesConnections() && !tag.room().allowsAnother(tag.backend())) return;
        super.tryCreate(create);
    }

    /** At once, whatever streams it has: Jetty takes one of them off with each call, and keeps its place as long as any is left. */
    @Override
    public boolean remove(Connection connection) {
        if (!(connection instanceof BackendSession session)) return super.remove(connection);
        // Without an attachment it is in the pool no more.
        for (int i = 0; i < BackendSession.MOST_STREAMS && session.getAttachment() != null; i++)
            if (super.remove(session)) return true;
        return false;
    }

    @Override
    public Backend backend() {
        return tag.backend();
    }

    @Override
    public int idle() {
        // Those that are shared count as long as they are open, used or not.
        return tag.backend().sharesConnections() ? 0 : getIdleConnectionCount();
    }

    @Override
    public boolean closeIdle() {
        Connection taken = activate();
        if (taken == null) return false;
        boolean one = taken instanceof BackendConnection;
        if (one) taken.close();
        release(taken);
        return one;
    }
}
