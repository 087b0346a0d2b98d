package dev.sluice.config;

import java.util.ArrayList;
import java.util.List;

/** A list of addresses and blocks of them. */
final class Blocks {
    static final String EXPECTED = "[ 10.0.0.0/8, \"::1/128\" ]";

    private Blocks() {}

    /** What could be read; the rest has been reported. */
    static List<Cidr> bind(Node node, String path, Problems problems) {
        List<Cidr> blocks = new ArrayList<>();
        if (!(node instanceof Node.Sequence list)) {
            problems.unexpected(node, path, "a list", EXPECTED);
            return blocks;
        }
        for (int i = 0; i < list.items().size(); i++) {
            Node item = list.items().get(i);
            String at = path + list.number(i);
            String text = Section.text(item, at, problems, "an address block", "10.0.0.0/8 or a single address");
            Cidr block = text == null ? null : Section.parsed(item, at, problems, text, Cidr::parse);
            if (block != null) blocks.add(block);
        }
        return blocks;
    }
}
