package dev.sluice.listener;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.resource.ResourceFactory;
import org.eclipse.jetty.xml.XmlConfiguration;
import org.xml.sax.SAXParseException;

/**
 * Applies Jetty XML files to a server that was built from a configuration, by the ids that Jetty users know. To be called
 * before the listeners open.
 */
public final class JettyXml {
    private JettyXml() {}

    /**
     * Applies the files in their order; what one gives an id, the next may use. Beside the given ids there are {@code
     * Server}, {@code threadPool}, {@code scheduler} and {@code byteBufferPool}. System properties that start with {@code
     * jetty.} are the properties of the files.
     *
     * @param ids see {@link Listeners#xmlIds()}; not changed
     * @throws JettyXmlException names the file, and the line where it is known. Files, and elements, before that have been
     *     applied by then: the server is not to be started
     */
    public static void apply(Server server, Map<String, Object> ids, List<Path> files) {
        Map<String, Object> known = new HashMap<>(ids);
        known.put("Server", server);
        known.put("threadPool", server.getThreadPool());
        known.put("scheduler", server.getScheduler());
        known.put("byteBufferPool", server.getByteBufferPool());
        for (Path file : files) apply(server, known, file);
    }

    private static void apply(Server server, Map<String, Object> known, Path file) {
        XmlOutline outline = XmlOutline.read(file);
        // Jetty would make a new object for an id that it does not know, tune that one, and say nothing.
        outline.firstUnknown(known.keySet()).ifPresent(unknown -> {
            throw new JettyXmlException(
                    file,
                    unknown.line(),
                    "unknown id \"" + unknown.name() + "\" (expected: one of " + new TreeSet<>(known.keySet()) + ")",
                    null);
        });
        try (ResourceFactory.Closeable resources = ResourceFactory.closeable()) {
            XmlConfiguration xml =
                    new XmlConfiguration(resources.newResource(file), known, new HashMap<>(properties()));
            xml.setJettyStandardIdsAndProperties(server, null);
            xml.configure();
        } catch (Exception e) {
            Throwable root = root(e);
            String message = message(root);
            int line = root instanceof SAXParseException parse ? parse.getLineNumber() : outline.lineOf(message);
            throw new JettyXmlException(file, line, message, e);
        }
    }

    private static Map<String, String> properties() {
        Map<String, String> properties = new HashMap<>();
        for (String name : System.getProperties().stringPropertyNames())
            if (name.startsWith("jetty.")) properties.put(name, System.getProperty(name));
        return properties;
    }

    /** The innermost reason: Jetty's own wrapping says no more than that the file is bad. */
    private static Throwable root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) root = root.getCause();
        return root;
    }

    private static String message(Throwable root) {
        String text = root.getMessage() == null ? root.toString() : root.getMessage();
        if (root instanceof NoSuchMethodException) return "no such setting: " + text;
        if (root instanceof ClassNotFoundException) return "no such class: " + text;
        return root instanceof NumberFormatException ? "not a number: " + text : text;
    }
}
