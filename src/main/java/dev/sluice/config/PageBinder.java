package dev.sluice.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Pages that stand in files: {@code errorPages}, and that of {@code maintenance}. */
final class PageBinder {
    /** In bytes: they are kept in memory. */
    private static final long LARGEST = 256 << 10;

    private static final String KEY = "a status such as 404, or a class such as 5xx";

    private final Problems problems;
    private final SecretFiles files;
    /** A page of the defaults is that of many routes. */
    private final Map<Path, Page> read = new HashMap<>();

    PageBinder(Problems problems, SecretFiles files) {
        this.problems = problems;
        this.files = files;
    }

    /** Those of a route, and of the defaults where it has none. */
    Map<String, Page> bind(Section route) {
        Map<String, Page> pages = new TreeMap<>();
        // Not joined: a class at the route is for all its statuses, those included that the defaults have a page for.
        for (Section.Layer layer : Section.Layer.nearest(route.layers("errorPages")))
            pages.putAll(bind(layer.node(), layer.path()));
        return pages;
    }

    private Map<String, Page> bind(Node node, String path) {
        Map<String, Page> pages = new TreeMap<>();
        if (!(node instanceof Node.Mapping mapping)) {
            problems.unexpected(node, path, "a mapping", "one such as { 404: pages/404.html, 5xx: pages/5xx.html }");
            return pages;
        }
        if (mapping.entries().isEmpty())
            problems.add(node.at(), path, "there is none (expected at least one, or no such key)");
        mapping.entries().forEach((key, entry) -> {
            if (!key.matches("[45](\\d\\d|xx)"))
                problems.add(
                        entry.keyAt(), Text.join(path, key), Text.quote(key) + " is no error (expected " + KEY + ")");
            Page page = page(entry.value(), Text.join(path, key));
            if (page != null) pages.put(key, page);
        });
        return pages;
    }

    @Nullable
    MaintenanceConfig maintenance(Section route) {
        Node node = route.value("maintenance");
        if (node == null) return null;
        if (node instanceof Node.Scalar s && s.kind() == Node.Kind.BOOLEAN)
            return route.flag("maintenance", false) ? new MaintenanceConfig(null, null, List.of()) : null;
        Section section = null;
        for (Section.Layer layer : Section.Layer.nearest(route.layers("maintenance")))
            section = Section.of(layer.node(), layer.path(), problems, HandlingKeys.MAINTENANCE);
        if (section == null) return null;
        Node except = section.value("except");
        Node shown = section.value("page");
        return new MaintenanceConfig(
                section.durationOrNull("retryAfter"),
                shown == null ? null : page(shown, section.path("page")),
                except == null ? List.of() : Blocks.bind(except, section.path("except"), problems));
    }

    private @Nullable Page page(Node node, String path) {
        Path file = files.file(node, path);
        if (file == null || !files.isThere(file)) return null;
        Page known = read.get(file);
        if (known != null) return known;
        String flaw;
        try {
            if (Files.size(file) <= LARGEST) {
                String text = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                        .toString();
                Page page = new Page(file, type(file.toString().toLowerCase(Locale.ROOT)), text);
                read.put(file, page);
                return page;
            }
            flaw = "is too large (expected at most " + Sizes.format(LARGEST) + ")";
        } catch (CharacterCodingException e) {
            flaw = "is not UTF-8 (expected a text)";
        } catch (IOException e) {
            flaw = "cannot be read: " + e + " (expected a readable file at " + file + ")";
        }
        problems.add(node.at(), path, node.describe() + " " + flaw);
        return null;
    }

    private static String type(String name) {
        if (name.endsWith(".html") || name.endsWith(".htm")) return "text/html;charset=utf-8";
        if (name.endsWith(".json")) return "application/json";
        if (name.endsWith(".xml")) return "application/xml";
        return "text/plain;charset=utf-8";
    }
}
