package dev.sluice.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A {@code web.xml} that Jetty reads after the one in the WAR: the way to other backends without touching the WAR. */
final class WebXmlOverride {
    private WebXmlOverride() {}

    /** Writes one and names it in a copy of the base: the servlets get other backends. */
    static void apply(Path base, String api, String fallback) throws IOException {
        write(base.resolve("etc/override-web.xml"), api, fallback);
        set(base, "sluice.override=etc/override-web.xml");
    }

    /** Adds a line to the settings of the WAR in a copy of the base. */
    static void set(Path base, String line) throws IOException {
        Files.writeString(base.resolve("webapps/sluice.properties"), line + "\n", StandardOpenOption.APPEND);
    }

    static void write(Path file, String api, String fallback) throws IOException {
        String servlets = servlet("api", api) + servlet("fallback", fallback);
        Files.writeString(
                file,
                "<web-app xmlns=\"https://jakarta.ee/xml/ns/jakartaee\" version=\"6.0\">\n" + servlets
                        + "</web-app>\n");
    }

    private static String servlet(String name, String proxyTo) {
        return """
                  <servlet>
                    <servlet-name>%s</servlet-name>
                    <init-param>
                      <param-name>proxyTo</param-name>
                      <param-value>%s</param-value>
                    </init-param>
                  </servlet>
                """.formatted(name, proxyTo);
    }
}
