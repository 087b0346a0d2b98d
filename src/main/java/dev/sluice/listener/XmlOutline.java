package dev.sluice.listener;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.parsers.SAXParserFactory;
import org.jspecify.annotations.Nullable;
import org.xml.sax.Attributes;
import org.xml.sax.InputSource;
import org.xml.sax.Locator;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;
import org.xml.sax.helpers.DefaultHandler;

/** What a Jetty XML file refers to, and on which line: Jetty's own reader keeps no lines. */
final class XmlOutline extends DefaultHandler {
    /** A name and the line that it stands on. */
    record Place(String name, int line) {}

    private final List<Place> references = new ArrayList<>();
    private final List<Place> settings = new ArrayList<>();
    private final Set<String> defined = new HashSet<>();
    private @Nullable Locator locator;
    private int depth;
    private boolean declared;

    private XmlOutline() {}

    /** @throws JettyXmlException when the file cannot be read, or is no XML */
    static XmlOutline read(Path file) {
        XmlOutline outline = new XmlOutline();
        try (InputStream in = Files.newInputStream(file)) {
            SAXParserFactory.newInstance().newSAXParser().parse(in, outline);
            // Without it Jetty's own reader fails on the first element, and says that it lacks a declaration.
            if (!outline.declared)
                throw new JettyXmlException(
                        file,
                        1,
                        "no DOCTYPE (expected: <!DOCTYPE Configure PUBLIC \"-//Jetty//Configure//EN\""
                                + " \"https://jetty.org/configure_10_0.dtd\">)",
                        null);
            return outline;
        } catch (NoSuchFileException e) {
            throw new JettyXmlException(file, 0, "does not exist (expected: a Jetty XML file)", e);
        } catch (SAXParseException e) {
            throw new JettyXmlException(file, e.getLineNumber(), String.valueOf(e.getMessage()), e);
        } catch (IOException | SAXException | ParserConfigurationException e) {
            throw new JettyXmlException(file, 0, "cannot be read: " + e.getMessage(), e);
        }
    }

    /** The first id that is referred to but neither given nor defined in the file itself. */
    Optional<Place> firstUnknown(Set<String> given) {
        return references.stream()
                .filter(reference -> !given.contains(reference.name()) && !defined.contains(reference.name()))
                .findFirst();
    }

    /** The line of the first setting whose name stands in a message; 0 when there is none. */
    int lineOf(String message) {
        return settings.stream()
                .filter(setting ->
                        message.toLowerCase(Locale.ROOT).contains(setting.name().toLowerCase(Locale.ROOT)))
                .findFirst()
                .map(Place::line)
                .orElse(0);
    }

    @Override
    public void setDocumentLocator(Locator locator) {
        this.locator = locator;
    }

    @Override
    public void startElement(String uri, String localName, String element, Attributes attributes) throws SAXException {
        if (depth++ == 0 && !element.equals("Configure"))
            throw new SAXParseException("<" + element + "> (expected: <Configure>)", locator);
        @Nullable String id = attributes.getValue("id");
        @Nullable String reference = attributes.getValue("refid");
        @Nullable String name = attributes.getValue("name");
        if (reference != null) references.add(new Place(reference, line()));
        if (id != null && (element.equals("Configure") || element.equals("Ref"))) references.add(new Place(id, line()));
        else if (id != null) defined.add(id);
        if (name != null && (element.equals("Set") || element.equals("Call"))) settings.add(new Place(name, line()));
    }

    @Override
    public void endElement(String uri, String localName, String element) {
        depth--;
    }

    /** The DTD is on the network; nothing in it is needed here. */
    @Override
    public InputSource resolveEntity(String publicId, String systemId) {
        declared = true;
        return new InputSource(new StringReader(""));
    }

    @Override
    public void error(SAXParseException e) throws SAXException {
        throw e;
    }

    private int line() {
        return locator == null ? 0 : locator.getLineNumber();
    }
}
