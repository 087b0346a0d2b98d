package dev.sluice.proxy;

import dev.sluice.config.FieldEdits;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;

/** Changes header fields as a route says. Immutable. */
final class FieldEditor {
    private final FieldEdits edits;

    FieldEditor(FieldEdits edits) {
        this.edits = edits;
    }

    boolean isIdle() {
        return edits.isEmpty();
    }

    void apply(HttpFields.Mutable headers, RequestFacts facts) {
        if (isIdle()) return;
        // What is there now may be what a placeholder stands for.
        List<HttpField> set = fields(edits.set(), facts);
        List<HttpField> add = fields(edits.add(), facts);
        edits.remove().forEach(headers::remove);
        edits.set().forEach(edit -> headers.remove(edit.name()));
        set.forEach(headers::add);
        add.forEach(headers::add);
    }

    private static List<HttpField> fields(List<FieldEdits.FieldEdit> edits, RequestFacts facts) {
        List<HttpField> fields = new ArrayList<>(edits.size());
        for (FieldEdits.FieldEdit edit : edits) {
            String value = facts.renderField(edit.value());
            if (!value.isEmpty()) fields.add(new HttpField(edit.name(), value));
        }
        return fields;
    }
}
