package dev.sluice.config;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The section {@code admin}: without it there is nothing to ask. */
final class AdminBinder {

    private final Problems problems;

    AdminBinder(Problems problems) {
        this.problems = problems;
    }

    /** @param listeners for which the same port is taken */
    @Nullable
    AdminConfig bind(@Nullable Node node, List<ListenerConfig> listeners) {
        if (node == null) return null;
        if (Section.isNull(node)) return new AdminConfig(AdminConfig.control(AdminConfig.USUAL_ADDRESS), null);
        Section admin = Section.of(node, "admin", problems, ListenerKeys.ADMIN);
        if (admin == null) return null;
        ListenerConfig control = address(
                admin, "address", "\"" + AdminConfig.USUAL_ADDRESS + "\" or \"[::1]:9901\"", AdminConfig::control);
        ListenerConfig probes = address(
                admin, "probes", "\":9902\" or \"10.0.0.1:9902\"", a -> ListenerConfig.parse("probes", a, null));
        if (control == null) control = AdminConfig.control(AdminConfig.USUAL_ADDRESS);
        for (ListenerConfig listener : listeners) {
            collides(admin, "address", control, listener);
            collides(admin, "probes", probes, listener);
        }
        collides(admin, "probes", probes, control);
        return new AdminConfig(control, probes);
    }

    private @Nullable ListenerConfig address(
            Section admin, String key, String examples, Function<String, ListenerConfig> parse) {
        Node node = admin.value(key);
        String text = admin.text(key, "an address", examples);
        return node == null || text == null ? null : Section.parsed(node, admin.path(key), problems, text, parse);
    }

    private void collides(Section admin, String key, @Nullable ListenerConfig address, ListenerConfig other) {
        if (address == null || !address.collidesWith(other)) return;
        Node node = admin.value(key);
        problems.add(
                node == null ? admin.at() : node.at(),
                admin.path(key),
                address.address() + " collides with " + other.address() + " of listener " + other.name()
                        + " (expected another port or host)");
    }
}
