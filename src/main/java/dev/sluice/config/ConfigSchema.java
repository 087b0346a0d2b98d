package dev.sluice.config;

import com.fasterxml.jackson.core.JsonFactory;

/** What editors are told of the file, so that they complete and check it: a JSON Schema, draft 2020-12. */
public final class ConfigSchema {
    private static final String ID = "https://sluice.dev/sluice.schema.json";

    private ConfigSchema() {}

    /** The schema as it is printed; ends with a line's end, and is the same each time. */
    public static String json() {
        return ConfigPrinter.written(
                new SchemaTree().of(FileKeys.FILE, ID, "Configuration of Sluice"), new JsonFactory());
    }
}
