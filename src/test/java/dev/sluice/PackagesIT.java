package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What is in the runnable jar and in the WAR that this build made. */
class PackagesIT {
    private static final String LICENSES = "META-INF/licenses/THIRD-PARTY.md";

    /** Parts of a server; a WAR that brings them meets the server's own classes under the same names. */
    private static final Pattern SERVER_PARTS =
            Pattern.compile("WEB-INF/lib/(jetty-(server|http|io|util|xml|session|security|ee10-servlet|http2-server"
                    + "|alpn-server|alpn-java-server)|jakarta\\.servlet-api|slf4j-api|logback-.*|picocli)-\\d.*");

    @Test
    void jarRunsByItselfOnEveryJavaVersion() throws IOException {
        try (JarFile jar = jar()) {
            assertThat(jar.getManifest().getMainAttributes().getValue("Main-Class"))
                    .isEqualTo("dev.sluice.cli.Main");
            assertThat(jar.isMultiRelease()).isTrue();
            assertThat(jar.getEntry("dev/sluice/cli/Main.class")).isNotNull();
        }
    }

    @Test
    void jarIsNeitherSignedNorAModule() throws IOException {
        try (JarFile jar = jar()) {
            assertThat(names(jar)).noneMatch(name -> name.matches("META-INF/[^/]*\\.(SF|RSA|DSA|EC)"));
            assertThat(names(jar)).noneMatch(name -> name.endsWith("module-info.class"));
        }
    }

    @Test
    void serviceFilesOfAllLibrariesAreMerged() throws IOException {
        try (JarFile jar = jar()) {
            assertThat(text(jar, "META-INF/services/org.eclipse.jetty.http.HttpFieldPreEncoder"))
                    .contains("org.eclipse.jetty.http.Http11FieldPreEncoder", "HpackFieldPreEncoder");
        }
    }

    @Test
    void everyLibraryInsideIsListedWithItsLicence() throws IOException {
        try (JarFile jar = jar()) {
            String listed = text(jar, LICENSES);
            List<String> libraries = names(jar).stream()
                    .filter(name -> name.matches("META-INF/maven/[^/]+/[^/]+/pom\\.properties"))
                    .map(name -> Path.of(name).getName(3).toString())
                    .filter(library -> !library.equals("sluice"))
                    .toList();
            assertThat(libraries).isNotEmpty().allMatch(library -> isListed(library, listed));
            assertThat(jar.getEntry("META-INF/LICENSE")).isNotNull();
            assertThat(jar.getEntry("META-INF/NOTICE")).isNotNull();
        }
    }

    @Test
    void warBringsTheWayToTheBackendsAndNothingOfTheServer() throws IOException {
        try (JarFile war = new JarFile(System.getProperty("sluice.war"))) {
            assertThat(names(war)).contains("WEB-INF/web.xml").noneMatch(SERVER_PARTS.asMatchPredicate());
            assertThat(names(war))
                    .anyMatch(name -> name.matches("WEB-INF/lib/sluice-.*\\.jar"))
                    .anyMatch(name -> name.matches("WEB-INF/lib/jetty-client-.*\\.jar"))
                    .anyMatch(name -> name.matches("WEB-INF/lib/jetty-http2-client-transport-.*\\.jar"))
                    .anyMatch(name -> name.matches("WEB-INF/lib/jetty-ee10-proxy-.*\\.jar"))
                    .anyMatch(name -> name.matches("WEB-INF/lib/jackson-dataformat-yaml-.*\\.jar"));
        }
    }

    private static boolean isListed(String library, String listed) {
        String family = library.replaceAll("-.*", "-*");
        return listed.contains("| " + library)
                || listed.contains(", " + library)
                || listed.contains("| " + family)
                || (library.startsWith("sslcontext-kickstart") && listed.contains("| sslcontext-kickstart*"));
    }

    private static JarFile jar() throws IOException {
        return new JarFile(System.getProperty("sluice.jar"));
    }

    private static List<String> names(JarFile jar) {
        return jar.stream().map(JarEntry::getName).toList();
    }

    private static String text(JarFile jar, String name) throws IOException {
        try (var in = jar.getInputStream(jar.getEntry(name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
