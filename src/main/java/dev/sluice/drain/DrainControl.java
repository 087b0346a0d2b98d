package dev.sluice.drain;

import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.util.annotation.ManagedAttribute;
import org.eclipse.jetty.util.annotation.ManagedObject;
import org.eclipse.jetty.util.annotation.ManagedOperation;

/**
 * The drain for JMX: a bean of the {@link DrainHandler}, which shows up as {@code dev.sluice.drain:type=draincontrol,*}
 * in a server that has Jetty's {@code MBeanContainer}, and costs nothing in one that has not. Safe for use by many threads.
 */
@ManagedObject("The drain of this server")
public final class DrainControl {
    private static final String WHY = "JMX";

    private final DrainHandler drain;
    private final AtomicBoolean stopping = new AtomicBoolean();

    public DrainControl(DrainHandler drain) {
        this.drain = drain;
    }

    @ManagedAttribute("Whether a drain has begun")
    public boolean isDraining() {
        return drain.isShutdown();
    }

    @ManagedAttribute("Exchanges that have begun and not ended")
    public int getLiveExchanges() {
        return drain.live();
    }

    @ManagedAttribute("Whether new requests are welcome")
    public boolean isReady() {
        return drain.isReady();
    }

    @ManagedOperation(value = "Takes readiness back; false when it had been taken back before", impact = "ACTION")
    public boolean announce() {
        return drain.announce(WHY);
    }

    @ManagedOperation(
            value = "Gives readiness again; false when nothing was announced or it is too late",
            impact = "ACTION")
    public boolean cancelAnnouncement() {
        return drain.cancelAnnouncement();
    }

    @ManagedOperation(value = "What a drain would come to that began now", impact = "INFO")
    public String plan() {
        return drain.plan().inWords();
    }

    @ManagedAttribute("From the start of a drain to the moment at which what is left is cut, in milliseconds")
    public long getDeadlineMillis() {
        return drain.getDeadlineMillis();
    }

    @ManagedAttribute("How long idle connections stay open in a drain, in milliseconds")
    public long getLingerMillis() {
        return drain.getLingerMillis();
    }

    @ManagedAttribute("Exchanges that have ended by themselves in the last drain")
    public long getFinished() {
        return drain.summary().finished();
    }

    @ManagedAttribute("Exchanges that the last drain has cut")
    public long getCut() {
        return drain.summary().cut();
    }

    /**
     * Begins to drain and to stop the server, on a thread of its own: the end of a server is the end of many a connection
     * to JMX, so nobody is to wait for it here. Does nothing when it has been called before or the server is stopping.
     */
    @ManagedOperation(value = "Drains and stops the server; returns at once", impact = "ACTION")
    public void stop() {
        if (!drain.getServer().isRunning() || !stopping.compareAndSet(false, true)) return;
        // No daemon: the process is to live until the drain is over.
        new Thread(this::stopServer, "sluice-stop").start();
    }

    @ManagedOperation(value = "Cuts what a running drain still waits for; nothing when none runs", impact = "ACTION")
    public void cut() {
        drain.cut();
    }

    private void stopServer() {
        drain.setTrigger(WHY);
        try {
            drain.getServer().stop();
        } catch (Exception e) {
            // What could not be finished has been cut and named by then.
            DrainHandler.LOG.warn("not all of the server stopped in order: {}", e.toString());
        } finally {
            stopping.set(false);
        }
    }
}
