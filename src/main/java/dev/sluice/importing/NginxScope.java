package dev.sluice.importing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A block and those around it. What a block says takes the place of what those around it say.
 *
 * @param outer null for the outermost
 */
record NginxScope(@Nullable NginxScope outer, List<Directive> directives) {
    NginxScope in(List<Directive> inner) {
        return new NginxScope(this, inner);
    }

    /** Those of this block alone. */
    List<Directive> own(String name) {
        return directives.stream().filter(one -> one.name().equals(name)).toList();
    }

    /** Those of the innermost block that has any: nginx adds nothing of the blocks around. */
    List<Directive> all(String name) {
        List<Directive> own = own(name);
        return own.isEmpty() && outer != null ? outer.all(name) : own;
    }

    /** The one that holds, or null. */
    @Nullable
    Directive find(String name) {
        List<Directive> all = all(name);
        return all.isEmpty() ? null : all.get(all.size() - 1);
    }

    /** Its argument, or empty. */
    String value(String name) {
        Directive found = find(name);
        return found == null ? "" : found.arg(0);
    }

    boolean on(String name) {
        return value(name).equals("on");
    }
}
