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

    /** One backend for both servlets, with further init-params: name, value, and so on. */
    static void applyWith(Path base, String url, String... params) throws IOException {
        write(base.resolve("etc/override-web.xml"), servlet("api", url, params) + servlet("fallback", url, params));
        set(base, "sluice.override=etc/override-web.xml");
    }

    /** Adds a line to the settings of the WAR in a copy of the base. */
    static void set(Path base, String line) throws IOException {
        Files.writeString(base.resolve("webapps/sluice.properties"), line + "\n", StandardOpenOption.APPEND);
    }

    static void write(Path file, String api, String fallback) throws IOException {
        write(file, servlet("api", api) + servlet("fallback", fallback));
    }

    private static void write(Path file, String servlets) throws IOException {
        Files.writeString(
                file,
                "<web-app xmlns=\"https://jakarta.ee/xml/ns/jakartaee\" version=\"6.0\">\n" + servlets
                        + "</web-app>\n");
    }

    private static String servlet(String name, String proxyTo, String... params) {
        StringBuilder servlet = new StringBuilder("  <servlet>\n    <servlet-name>" + name + "</servlet-name>\n");
        servlet.append(param("proxyTo", proxyTo));
        for (int i = 0; i < params.length; i += 2) servlet.append(param(params[i], params[i + 1]));
        return servlet.append("  </servlet>\n").toString();
    }

    private static String param(String name, String value) {
        return """
                    <init-param>
                      <param-name>%s</param-name>
                      <param-value>%s</param-value>
                    </init-param>
                """.formatted(name, value);
    }
}
