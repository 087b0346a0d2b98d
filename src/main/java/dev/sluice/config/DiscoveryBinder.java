package dev.sluice.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Entries of a pool's list that say where backends are found. For one pool. */
final class DiscoveryBinder {
    static final List<String> PLACES = List.of("dns", "srv", "file");

    private static final String NAME = "http://name[:port], https://... or h2c://..., with a name to look up";
    private static final String SERVICE = "http://_http._tcp.name, https://... or h2c://..., without a port";

    private final Problems problems;
    private final BackendBinder backends;
    private final SecretFiles files;
    private final List<DiscoveryConfig> found = new ArrayList<>();
    /** Those that the files list at this moment: what is wrong with them is better told now. */
    private final List<BackendConfig> listed = new ArrayList<>();

    private final Set<String> seen = new HashSet<>();

    DiscoveryBinder(Problems problems, BackendBinder backends, SecretFiles files) {
        this.problems = problems;
        this.backends = backends;
        this.files = files;
    }

    static boolean isOne(Node node) {
        return node instanceof Node.Mapping mapping && PLACES.stream().anyMatch(mapping.entries()::containsKey);
    }

    void bind(Node node, String path) {
        Section section = Section.of(node, path, problems, BackendBinder.KEYS);
        if (section == null) return;
        List<String> said = BackendBinder.KEYS.names().stream()
                .filter(key -> key.equals("url") || PLACES.contains(key))
                .filter(key -> section.value(key) != null)
                .toList();
        if (said.size() > 1) {
            problems.add(section.at(), path, String.join(" and ", said) + " in one entry (expected one of them)");
            return;
        }
        boolean backup = section.flag("backup", false);
        BackendTlsConfig tls = backends.tls(section);
        DiscoveryConfig one = switch (said.get(0)) {
            case "dns" -> addresses(section, backup, tls);
            case "srv" -> services(section, backup, tls);
            default -> listed(section, backup, tls);
        };
        if (one == null) return;
        if (!seen.add(called(one)))
            problems.add(section.at(), path, "is given twice (expected each place to look at once)");
        found.add(one);
    }

    private static String called(DiscoveryConfig one) {
        if (one instanceof DiscoveryConfig.Addresses a) return "dns " + server(a.template());
        if (one instanceof DiscoveryConfig.Services s) return "srv " + server(s.template());
        return one instanceof DiscoveryConfig.Listed l ? "file " + l.file() : one.toString();
    }

    private static String server(BackendConfig template) {
        return template.origin() + template.basePath() + "?" + template.query();
    }

    private @Nullable DiscoveryConfig addresses(Section section, boolean backup, @Nullable BackendTlsConfig tls) {
        int weight = section.number("weight", 1);
        BackendConfig template = template(section, "dns", NAME);
        if (template == null) return null;
        backends.refuseTls(section, template);
        return new DiscoveryConfig.Addresses(
                template.withWeight(weight).withBackup(backup).withTls(tls));
    }

    private @Nullable DiscoveryConfig services(Section section, boolean backup, @Nullable BackendTlsConfig tls) {
        section.refuse("weight", "is what SRV records say themselves (expected no such key)");
        BackendConfig template = template(section, "srv", SERVICE);
        if (template == null) return null;
        backends.refuseTls(section, template);
        return new DiscoveryConfig.Services(template.withBackup(backup).withTls(tls));
    }

    /** Null, and an error, when it is no name that could be looked up. */
    private @Nullable BackendConfig template(Section section, String key, String expected) {
        Node node = section.value(key);
        String text = section.text(key, "a URL", expected);
        if (node == null || text == null) return null;
        String flaw = null;
        BackendConfig template = null;
        if (text.regionMatches(true, 0, "unix:", 0, 5)) {
            flaw = "is a socket, which no name server knows";
        } else {
            template = Section.parsed(node, section.path(key), problems, text, BackendConfig::parse);
            if (template == null) return null;
            String host = template.host();
            if (Authority.ipv4(host) != null || Authority.ipv6(host) != null) flaw = "has an address, not a name";
            else if (key.equals("srv") && text.matches("[^/]*//[^/?]*:\\d+([/?].*)?"))
                flaw = "has a port, which the records say";
        }
        if (flaw == null) return template;
        problems.add(node.at(), section.path(key), Text.quote(text) + " " + flaw + " (expected " + expected + ")");
        return null;
    }

    private @Nullable DiscoveryConfig listed(Section section, boolean backup, @Nullable BackendTlsConfig tls) {
        section.refuse("weight", "is for each backend in the file to say (expected no such key)");
        Path file = files.list(section, "file");
        if (file == null || !files.isThere(file)) return null;
        DiscoveryConfig.Listed one = new DiscoveryConfig.Listed(file, backup, tls);
        try {
            listed.addAll(ConfigReader.backends(one, ConfigReader.text(file)));
        } catch (ConfigException e) {
            problems.addAll(e.errors());
        }
        return one;
    }

    /** Where to look, in the order of the list; those without TLS of their own have the pool's. */
    List<DiscoveryConfig> found(@Nullable BackendTlsConfig pools) {
        List<DiscoveryConfig> all = new ArrayList<>();
        for (DiscoveryConfig one : found) {
            if (one instanceof DiscoveryConfig.Addresses a)
                all.add(new DiscoveryConfig.Addresses(BackendBinder.withTls(a.template(), pools)));
            else if (one instanceof DiscoveryConfig.Services s)
                all.add(new DiscoveryConfig.Services(BackendBinder.withTls(s.template(), pools)));
            else if (one instanceof DiscoveryConfig.Listed l)
                all.add(new DiscoveryConfig.Listed(l.file(), l.backup(), l.tls() == null ? pools : l.tls()));
        }
        return all;
    }

    /** What the backends will be like, as far as one can know. */
    List<BackendConfig> likely() {
        List<BackendConfig> all = new ArrayList<>(listed);
        for (DiscoveryConfig one : found) {
            if (one instanceof DiscoveryConfig.Addresses a) all.add(a.template());
            if (one instanceof DiscoveryConfig.Services s) all.add(s.template());
        }
        return all;
    }
}
