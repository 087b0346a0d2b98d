package dev.sluice.importing;

import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the configuration of another proxy and says in Sluice's YAML what it means. What Sluice cannot do is listed; what
 * kept somebody out keeps everybody out then. Bounded: a file may have 1 MiB, and include 500 others of 8 MiB in all, 8
 * deep; blocks may be nested 32 deep. Keeps nothing; safe to use from any thread.
 */
public final class Importer {
    /** Which proxy a file is for. */
    public enum Kind {
        NGINX,
        /** A {@code web.xml} with Jetty's ProxyServlet, or Sluice's own. */
        JETTY,
        /** A Caddyfile. */
        CADDY
    }

    /** Of a file, that are looked at to guess what it is. */
    private static final int MOST_LINES = 10_000;

    private static final Pattern DIRECTIVE = Pattern.compile("\\s*(?:server|http|upstream\\s+\\S+)\\s*\\{.*");

    private Importer() {}

    /**
     * Imports.
     *
     * @param file what it includes is read, too
     * @param kind null to guess it by name and content
     * @throws ImportException when it cannot be read, or makes no sense
     */
    public static Imported read(Path file, @Nullable Kind kind) throws ImportException {
        SourceFiles files = new SourceFiles();
        String text = files.text(file);
        Draft draft = new Draft();
        switch (kind == null ? guess(file, text) : kind) {
            case NGINX -> new NginxImport(draft, file).read(new NginxParser(files, draft.left, file).parse(text));
            case CADDY -> new CaddyImport(draft, file).read(new CaddyParser(files, draft.left, file).parse(text));
            case JETTY -> new WebXmlImport(draft, file).read(new XmlReader(file).read(text));
        }
        String yaml = DraftYaml.write(draft, file.toString());
        return new Imported(yaml, draft.left.all());
    }

    private static Kind guess(Path file, String text) throws ImportException {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        if (name.endsWith(".xml") || text.stripLeading().startsWith("<")) return Kind.JETTY;
        if (name.contains("caddyfile")) return Kind.CADDY;
        if (name.contains("nginx")
                || text.lines()
                        .limit(MOST_LINES)
                        .anyMatch(line -> DIRECTIVE.matcher(line).matches())) return Kind.NGINX;
        throw new ImportException(
                file.toString(),
                0,
                "neither name nor content say what it is",
                "an nginx.conf, a Caddyfile or a web.xml, or --from");
    }
}
