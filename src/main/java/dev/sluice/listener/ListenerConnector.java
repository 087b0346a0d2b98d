package dev.sluice.listener;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.IO;
import org.eclipse.jetty.util.NanoTime;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.component.Graceful;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listener's connector. It stops without losing a connection that a client believes it has:
 *
 * <ul>
 *   <li>Jetty closes the listening socket, and the kernel resets what waits in its queue, and drops the handshakes that
 *       are under way. This one sees to it that nothing new comes, waits for the handshakes, takes what waits, then closes
 *       ({@link ListeningSocket}). For that it accepts without blocking.
 *   <li>Jetty calls a connector done when no connection is open and no acceptor runs. One that was accepted and not yet
 *       handed to a selector does not count. Here it does.
 *   <li>Jetty ends a connection without a word when a response whose head was sent before the stop is complete. A client
 *       that sends its next request in that moment loses it. Here such a connection stays open, for the drain to close.
 * </ul>
 */
final class ListenerConnector extends ServerConnector {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerConnector.class);

    private final Set<SelectableChannel> beingOpened = ConcurrentHashMap.newKeySet();
    private final Lingering lingering = new Lingering(this::getScheduler, this::check);
    private volatile boolean beside;
    private volatile boolean inherited;
    private volatile @Nullable ListeningSocket listening;
    private volatile @Nullable LoopAcceptor acceptor;
    private volatile @Nullable Calm calm;
    private boolean portInCommon;
    private volatile @Nullable CompletableFuture<Void> acceptorsAndConnections;
    private volatile @Nullable Shutdown everything;
    private final AtomicBoolean leaving = new AtomicBoolean();

    /** @param acceptors threads that accept; with none the first selector does it */
    ListenerConnector(Server server, int acceptors, int selectors, ConnectionFactory... factories) {
        super(server, acceptors, selectors, factories);
        addBean(new Opening(), false);
    }

    @Override
    public void open(ServerSocketChannel channel) throws IOException {
        super.open(channel);
        Succession succession =
                inherited ? Succession.kept(channel) : Succession.prepare(channel, super.isReusePort() || portInCommon);
        listening = new ListeningSocket(getName(), channel, succession);
    }

    /** Another listener has the same port, at another address: what the kernel remembers of a port is for one address. */
    void hasPortInCommon() {
        portInCommon = true;
    }

    /** Opens although another process of the same user listens on the address, if that one lets others. */
    void openBeside() throws IOException {
        beside = true;
        open();
    }

    /** Opens with a socket that somebody else keeps open, too. */
    void openInherited(ServerSocketChannel channel) throws IOException {
        inherited = true;
        open(channel);
    }

    boolean canStepAside() {
        ListeningSocket socket = listening;
        return socket != null && socket.canStepAside();
    }

    @Override
    public boolean isReusePort() {
        return beside || super.isReusePort();
    }

    @Override
    protected void doStart() throws Exception {
        acceptorsAndConnections = null;
        leaving.set(false);
        lingering.start();
        everything = new Shutdown(this) {
            @Override
            public boolean isShutdownDone() {
                CompletableFuture<Void> most = acceptorsAndConnections;
                return most != null
                        && most.isDone()
                        && beingOpened.isEmpty()
                        && lingering.isEmpty()
                        && getConnectedEndPoints().isEmpty();
            }
        };
        open();
        Objects.requireNonNull(listening).prepare(getAcceptors());
        super.doStart();
    }

    @Override
    protected void doStop() throws Exception {
        try {
            super.doStop();
        } finally {
            ListeningSocket socket = listening;
            if (socket != null) socket.stop();
            lingering.stop();
            beingOpened.clear();
            acceptor = null;
        }
    }

    @Override
    public void close() {
        Calm waiting = calm;
        if (waiting != null) waiting.hurry();
        super.close();
        // Jetty leaves it open when there are no acceptors.
        ListeningSocket socket = listening;
        if (socket != null) socket.close();
    }

    /** Called in a loop by each acceptor. Returns after one connection, or when it was woken without one. */
    @Override
    public void accept(int acceptor) throws IOException {
        ListeningSocket socket = listening;
        SocketChannel accepted = socket == null ? null : socket.await(acceptor);
        if (accepted != null) serve(accepted);
    }

    void serve(SocketChannel accepted) throws IOException {
        try {
            accepted.configureBlocking(false);
            configure(accepted.socket());
            getSelectorManager().accept(accepted);
        } catch (RuntimeException e) {
            // Were it to leave a selector's task, that would close the listening socket.
            beingOpened.remove(accepted);
            throw new IOException(e);
        }
    }

    /** The future is done when nothing of this listener is left. Calls after the first join it. */
    @Override
    public CompletableFuture<Void> shutdown() {
        Shutdown all = everything;
        if (all == null) return CompletableFuture.completedFuture(null);
        CompletableFuture<Void> done = all.shutdown();
        lingering.hurry();
        if (leaving.compareAndSet(false, true)) leave(all);
        return done;
    }

    private void leave(Shutdown all) {
        ListeningSocket socket = listening;
        // A selector must not wait, not even for a look at the table of connections.
        boolean aside = socket != null && socket.isOpen() && !selectors().isHere() && socket.stepAside();
        Runnable close = () -> closeNow(all);
        if (!aside) {
            close.run();
            return;
        }
        int port = getLocalPort();
        Handshakes handshakes = new Handshakes();
        Calm waiting = new Calm(
                () -> handshakes.underWay(port),
                NanoTime::now,
                getServer().getStopTimeout(),
                getScheduler(),
                getExecutor(),
                close);
        calm = waiting;
        try {
            // Each look takes some milliseconds, and other listeners wait to step aside.
            getExecutor().execute(waiting);
        } catch (RejectedExecutionException e) {
            waiting.run();
        }
    }

    private void closeNow(Shutdown all) {
        takeQueuedAndClose();
        CompletableFuture<Void> most = super.shutdown();
        acceptorsAndConnections = most;
        most.whenComplete((v, x) -> all.check());
    }

    /** Jetty asks only to end connections unannounced. The drain announces, and ends them in its own time. */
    @Override
    public boolean isShutdown() {
        return false;
    }

    /** Also beyond the bound on connections: these are the last ones. */
    private void takeQueuedAndClose() {
        ListeningSocket socket = listening;
        if (socket == null || !socket.isOpen()) return;
        socket.stopWaiting();
        LoopAcceptor accepting = acceptor;
        if (accepting != null) accepting.leaveNow(selectors().isHere());
        socket.forget();
        for (SocketChannel accepted : socket.takeQueuedAndClose(getAcceptQueueSize())) {
            try {
                serve(accepted);
            } catch (IOException e) {
                LOG.debug("listener {}: a connection that waited has gone", getName(), e);
                IO.close(accepted);
            }
        }
    }

    @Override
    protected SelectorManager newSelectorManager(Executor executor, Scheduler scheduler, int selectors) {
        return new Selectors(executor, scheduler, selectors);
    }

    /** What becomes of connections whose clients send on although they have their answer. */
    Lingering lingering() {
        return lingering;
    }

    /** The selectors of this listener, which serve its clients and the backends that work for them. */
    Selectors selectors() {
        return (Selectors) getSelectorManager();
    }

    @Override
    protected void onEndPointOpened(EndPoint endPoint) {
        super.onEndPointOpened(endPoint);
        if (endPoint.getTransport() instanceof SelectableChannel channel) beingOpened.remove(channel);
    }

    @Override
    protected void onEndPointClosed(EndPoint endPoint) {
        super.onEndPointClosed(endPoint);
        check();
    }

    private void check() {
        Graceful.Shutdown all = everything;
        if (all != null) all.check();
    }

    /**
     * A connection to be opened to a backend.
     *
     * @param idleMillis after which it is closed when nothing moves on it
     */
    record Dial(Function<EndPoint, Connection> connections, Promise<Connection> opened, long idleMillis) {}

    /** Selectors for clients and backends alike. A backend's connection is neither counted nor drained as a client's. */
    final class Selectors extends ServerConnectorManager {
        // Set while a channel is handed over, because the superclass asks for a selector without saying for what.
        private final ThreadLocal<@Nullable LoopSelector> wanted = new ThreadLocal<>();
        private final List<LoopSelector> loops = new CopyOnWriteArrayList<>();
        private volatile boolean leaving;

        Selectors(Executor executor, Scheduler scheduler, int selectors) {
            super(executor, scheduler, selectors);
        }

        /** Registers a channel of which the connection was begun, or is made already. */
        void register(SocketChannel channel, boolean connected, @Nullable LoopSelector loop, Dial dial) {
            wanted.set(loop == null ? leastBusy() : loop);
            try {
                if (connected) accept(channel, dial);
                else connect(channel, dial);
            } finally {
                wanted.remove();
            }
        }

        /** Jetty closes it, and says nothing. */
        @Override
        protected void onAcceptFailed(SelectableChannel channel, Throwable cause) {
            super.onAcceptFailed(channel, cause);
            if (isRunning()) LOG.warn("listener {}: a connection could not be served, and is closed", getName(), cause);
        }

        @Override
        protected ManagedSelector newSelector(int id) {
            LoopSelector loop = new LoopSelector(this, id);
            loops.add(loop);
            return loop;
        }

        List<LoopSelector> loops() {
            return loops;
        }

        /** Its listener has left the configuration: it serves what there is to its end. */
        void leave() {
            leaving = true;
        }

        boolean isLeaving() {
            return leaving;
        }

        /** Whether there is no socket any more, of clients or of backends. */
        boolean isIdle() {
            // Of what was closed while it waited, a selector learns when it is woken.
            loops.forEach(loop -> loop.submit(selector -> {}));
            return loops.stream().allMatch(loop -> loop.getTotalKeys() == 0);
        }

        @Override
        protected void doStop() throws Exception {
            super.doStop();
            loops.clear();
        }

        /** What Jetty gives to another thread: to set up a connection, and to tell of its end. */
        @Override
        protected void execute(Runnable task) {
            LoopSelector here = isRunning() ? here() : null;
            if (here == null) super.execute(task);
            else if (here.isSettingUp()) task.run();
            // The end comes amid the work that made the end: it is told when that is done.
            else here.submit(selector -> task.run());
        }

        private @Nullable LoopSelector here() {
            for (LoopSelector loop : loops) if (loop.isHere()) return loop;
            return null;
        }

        boolean isHere() {
            return here() != null;
        }

        @Override
        public Closeable acceptor(SelectableChannel server) {
            LoopAcceptor accepting = acceptor;
            if (accepting == null) {
                accepting = new LoopAcceptor(ListenerConnector.this, loops.get(0), (ServerSocketChannel) server);
                acceptor = accepting;
            }
            accepting.accept();
            return accepting;
        }

        @Override
        protected ManagedSelector chooseSelector() {
            LoopSelector chosen = wanted.get();
            return chosen == null ? leastBusy() : chosen;
        }

        /** The one with the fewest sockets; of equals the caller's, which need not be woken. */
        private LoopSelector leastBusy() {
            LoopSelector least = null;
            int fewest = Integer.MAX_VALUE;
            for (LoopSelector loop : loops) {
                int sockets = loop.getTotalKeys();
                if (sockets < fewest || (sockets == fewest && loop.isHere())) {
                    least = loop;
                    fewest = sockets;
                }
            }
            return Objects.requireNonNull(least, "not started");
        }

        @Override
        protected void onAccepting(SelectableChannel channel) {
            if (wanted.get() == null) super.onAccepting(channel);
        }

        @Override
        protected SocketChannelEndPoint newEndPoint(
                SelectableChannel channel, ManagedSelector selector, SelectionKey key) {
            boolean backend = key.attachment() instanceof Dial;
            ArmedEndPoint endPoint =
                    new ArmedEndPoint((SocketChannel) channel, (LoopSelector) selector, key, getScheduler(), backend);
            endPoint.setIdleTimeout(key.attachment() instanceof Dial dial ? dial.idleMillis() : getIdleTimeout());
            return endPoint;
        }

        @Override
        public Connection newConnection(SelectableChannel channel, EndPoint endPoint, Object attachment)
                throws IOException {
            return attachment instanceof Dial dial
                    ? dial.connections().apply(endPoint)
                    : super.newConnection(channel, endPoint, attachment);
        }

        @Override
        protected void endPointOpened(EndPoint endPoint) {
            if (!isBackend(endPoint)) super.endPointOpened(endPoint);
        }

        @Override
        protected void endPointClosed(EndPoint endPoint) {
            if (!isBackend(endPoint)) super.endPointClosed(endPoint);
        }

        private static boolean isBackend(EndPoint endPoint) {
            return endPoint instanceof ArmedEndPoint armed && armed.isBackend();
        }

        @Override
        public void connectionOpened(Connection connection, Object attachment) {
            super.connectionOpened(connection, attachment);
            if (attachment instanceof Dial dial) dial.opened().succeeded(connection);
        }

        @Override
        protected void connectionFailed(SelectableChannel channel, Throwable cause, Object attachment) {
            if (attachment instanceof Dial dial) dial.opened().failed(cause);
            else super.connectionFailed(channel, cause, attachment);
        }
    }

    private final class Opening implements SelectorManager.AcceptListener {
        @Override
        public void onAccepting(SelectableChannel channel) {
            beingOpened.add(channel);
        }

        @Override
        public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
            beingOpened.remove(channel);
            check();
        }
    }
}
