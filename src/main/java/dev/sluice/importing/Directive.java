package dev.sluice.importing;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A name, what follows it, and maybe a block: what nginx and Caddy files are made of.
 *
 * @param args without their quotes
 * @param block null where there is none
 * @param file as messages call it
 * @param line counted from 1
 */
record Directive(String name, List<String> args, @Nullable List<Directive> block, String file, int line) {
    /** Empty when there are fewer. */
    String arg(int index) {
        return index < args.size() ? args.get(index) : "";
    }

    /** Empty when there is no block. */
    List<Directive> children() {
        return block == null ? List.of() : block;
    }

    Directive with(List<String> otherArgs, @Nullable List<Directive> otherBlock) {
        return new Directive(name, otherArgs, otherBlock, file, line);
    }

    /** Nearly as it stands in the file, the block left out. */
    @Override
    public String toString() {
        if (args.isEmpty()) return name;
        return name + " "
                + args.stream()
                        .map(arg -> arg.isEmpty() || arg.indexOf(' ') >= 0 ? '"' + arg + '"' : arg)
                        .collect(Collectors.joining(" "));
    }
}
