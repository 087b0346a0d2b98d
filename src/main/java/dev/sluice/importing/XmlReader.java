package dev.sluice.importing;

import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * XML as directives: an element's local name, its text as the one argument, its elements as the block. Attributes say
 * nothing that an import needs. Whatever a document type could bring along is refused with it, so that nothing but the
 * text itself is read.
 */
final class XmlReader {
    private static final int DEEPEST = 32;

    private final Path file;

    XmlReader(Path file) {
        this.file = file;
    }

    /** The root element. */
    Directive read(String text) throws ImportException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setXMLResolver((publicId, systemId, base, namespace) -> {
            throw new XMLStreamException("nothing else is read");
        });
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(text));
            try {
                while (reader.getEventType() != XMLStreamConstants.START_ELEMENT) next(reader);
                Directive root = element(reader, 0);
                while (reader.hasNext()) next(reader);
                return root;
            } finally {
                reader.close();
            }
        } catch (XMLStreamException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNumber();
            throw new ImportException(file.toString(), Math.max(1, line), reason(e), "XML");
        }
    }

    /** What the JDK says of it, without the place, which has a line of its own there. */
    private static String reason(XMLStreamException e) {
        String message = String.valueOf(e.getMessage());
        int last = message.indexOf("Message: ");
        return last < 0 ? message : message.substring(last + "Message: ".length());
    }

    private int next(XMLStreamReader reader) throws XMLStreamException, ImportException {
        int event = reader.next();
        if (event == XMLStreamConstants.DTD)
            throw new ImportException(file.toString(), line(reader), "<!DOCTYPE", "a web.xml without a document type");
        if (event == XMLStreamConstants.ENTITY_REFERENCE)
            throw new ImportException(
                    file.toString(), line(reader), "&" + reader.getLocalName() + ";", "no entities but XML's own");
        return event;
    }

    private Directive element(XMLStreamReader reader, int depth) throws XMLStreamException, ImportException {
        int line = line(reader);
        if (depth > DEEPEST)
            throw new ImportException(
                    file.toString(), line, reader.getLocalName(), "elements nested at most " + DEEPEST + " deep");
        String name = reader.getLocalName();
        StringBuilder text = new StringBuilder();
        List<Directive> children = new ArrayList<>();
        for (int event = next(reader); event != XMLStreamConstants.END_ELEMENT; event = next(reader)) {
            if (event == XMLStreamConstants.START_ELEMENT) children.add(element(reader, depth + 1));
            else if (reader.hasText() && event != XMLStreamConstants.COMMENT) text.append(reader.getText());
        }
        String value = text.toString().strip();
        return new Directive(name, value.isEmpty() ? List.of() : List.of(value), children, file.toString(), line);
    }

    private static int line(XMLStreamReader reader) {
        return Math.max(1, reader.getLocation().getLineNumber());
    }
}
