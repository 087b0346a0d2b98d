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

/** JMX as jconsole uses it: attached to a JVM of the same user. Asks for the drain's MBean. */
public final class JmxPeer implements AutoCloseable {
    private final JMXConnector connector;

    private JmxPeer(JMXConnector connector) {
        this.connector = connector;
    }

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
    public void close() throws IOException {
        connector.close();
    }
}
