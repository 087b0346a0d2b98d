package dev.sluice.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar, and the Java that runs it. */
final class Version implements IVersionProvider {
    private static final String POM = "/META-INF/maven/dev.sluice/sluice/pom.properties";

    @Override
    public String[] getVersion() throws IOException {
        return new String[] {"sluice " + number() + " (Java " + Runtime.version() + ")"};
    }

    /** From the manifest, else from Maven's properties; {@code (unpackaged)} when run from class files. */
    static String number() throws IOException {
        String manifest = Version.class.getPackage().getImplementationVersion();
        if (manifest != null) return manifest;
        String pom = fromPom();
        return pom != null ? pom : "(unpackaged)";
    }

    private static @Nullable String fromPom() throws IOException {
        try (InputStream in = Version.class.getResourceAsStream(POM)) {
            if (in == null) return null;
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version");
        }
    }
}
