package dev.sluice.config;

import java.util.List;

/**
 * What is changed in the header fields of a message: first those are removed that are to be, then those set and added. Immutable.
 *
 * @param set takes the place of what there is of that name; a value that comes out empty removes it
 * @param add comes to what there is; not where its value comes out empty
 * @param remove names, in any case
 */
public record FieldEdits(List<FieldEdit> set, List<FieldEdit> add, List<String> remove) {
    /** Changes nothing. */
    public static final FieldEdits NONE = new FieldEdits(List.of(), List.of(), List.of());

    /** A field. */
    public record FieldEdit(String name, Template value) {
        @Override
        public String toString() {
            return name + ": " + value;
        }
    }

    public FieldEdits {
        set = List.copyOf(set);
        add = List.copyOf(add);
        remove = List.copyOf(remove);
    }

    /** Whether there is nothing to change. */
    public boolean isEmpty() {
        return set.isEmpty() && add.isEmpty() && remove.isEmpty();
    }
}
