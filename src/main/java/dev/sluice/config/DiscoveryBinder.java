package dev.sluice.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

final class DiscoveryBinder {
    private final Problems problems;

    DiscoveryBinder(Problems problems) {
        this.problems = problems;
    }

    List<BackendConfig> list(@Nullable Node root) {
        List<BackendConfig> all = new ArrayList<>();
        if (root instanceof Node.Sequence seq)
            for (Node n : seq.items()) all.add(BackendConfig.parse(((Node.Scalar) n).text()));
        else problems.add(new Place(1, 1), "", "no list");
        return all;
    }
}
