package dev.sluice.testkit;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.util.Set;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** JMX as jconsole uses it: attached to a JVM of the same user. Asks for the drain's MBean. */
public final class JmxPeer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JmxPeer.class);

    private final JMXConnector connector;

    private JmxPeer(JMXConnector connector) {
        this.connector = connector;
    }

    @SuppressWarnings("BanJNDI") // The address is that of a JVM which the test has started.
    public static JmxPeer attach(long pid) throws IOException {
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
            try {
                return new JmxPeer(JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent())));
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException e) {
            throw new IOException(e);
        }
    }

    /** An attribute of the drain. */
    public Object drain(String attribute) throws IOException, JMException {
        return connector.getMBeanServerConnection().getAttribute(drain(), attribute);
    }

    /** An operation of the drain. */
    public void invoke(String operation) throws IOException, JMException {
        connector.getMBeanServerConnection().invoke(drain(), operation, new Object[0], new String[0]);
    }

    /** An operation after which the process may end at once: its answer, good or bad, is not waited for. */
    public void invokeLast(String operation) throws JMException {
        try {
            invoke(operation);
        } catch (IOException gone) {
            LOG.debug("{}: the process ended before it answered", operation, gone);
        }
    }

    /** Whether there is the drain's MBean at all. */
    public boolean knowsTheDrain() throws IOException, JMException {
        return !drains().isEmpty();
    }

    private ObjectName drain() throws IOException, JMException {
        return drains().stream().findFirst().orElseThrow(() -> new InstanceNotFoundException("the drain"));
    }

    /** By a pattern: the whole name has the server's identity in it. */
    private Set<ObjectName> drains() throws IOException, JMException {
        return connector
                .getMBeanServerConnection()
                .queryNames(new ObjectName("dev.sluice.drain:type=draincontrol,*"), null);
    }

    @Override
    public void close() {
        try {
            connector.close();
        } catch (IOException gone) {
            LOG.debug("the process has ended", gone);
        }
    }
}
