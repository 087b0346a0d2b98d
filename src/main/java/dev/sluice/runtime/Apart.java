package dev.sluice.runtime;

import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.component.LifeCycle;

/**
 * Starts and stops with the server, and is otherwise none of its parts. Jetty shuts down whatever it finds in the server as a
 * drain begins: a client inside it would leave its HTTP/2 connections to backends at that moment, which exchanges still
 * need, and the drain would wait for backends to close them.
 */
final class Apart extends AbstractLifeCycle {
    private final LifeCycle part;

    Apart(LifeCycle part) {
        this.part = part;
    }

    @Override
    protected void doStart() throws Exception {
        part.start();
    }

    @Override
    protected void doStop() throws Exception {
        part.stop();
    }
}
