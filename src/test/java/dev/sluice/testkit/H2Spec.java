package dev.sluice.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * The conformance suite h2spec, of which Maven has unpacked a program for Linux on x86-64. The system property {@code
 * sluice.h2spec} says where to; {@code target/h2spec} otherwise.
 */
public final class H2Spec {
    /**
     * What became of one case.
     *
     * @param id as h2spec takes it for an argument: {@code http2/5.1/8}
     * @param title what the case does
     * @param failure what was expected instead of what; null when it passed
     */
    public record Result(String id, String title, @Nullable String failure) {}

    private H2Spec() {}

    /**
     * Runs the whole suite, strict cases included.
     *
     * @param directory for the program and its report
     * @return the cases in the suite's order
     */
    public static List<Result> run(ClientProtocol protocol, RunningProxy proxy, Path directory) throws Exception {
        Path report = directory.resolve(protocol + ".xml");
        List<String> command = new ArrayList<>(List.of(
                program(directory).toString(),
                "--strict",
                "--host=127.0.0.1",
                "--timeout=2",
                "--junit-report=" + report,
                "--port=" + (protocol.secure() ? proxy.tlsPort() : proxy.httpPort())));
        if (protocol.secure()) command.addAll(List.of("--tls", "--insecure"));
        // Its status says that there are failures, and so does the report.
        run(command, directory.resolve(protocol + ".log"));
        return read(report);
    }

    private static Path program(Path directory) throws Exception {
        Peers.requireLinuxOnX86("h2spec");
        Path program = directory.resolve("h2spec");
        if (Files.exists(program)) return program;
        Path unpacked = Path.of(System.getProperty("sluice.h2spec", "target/h2spec"));
        if (!Files.isDirectory(unpacked))
            throw new IllegalStateException(unpacked + ": missing (expected: mvn dependency:unpack@h2spec has run)");
        Path archive;
        try (Stream<Path> files = Files.walk(unpacked)) {
            archive = files.filter(f -> f.toString().endsWith("linux_amd64.tar.gz"))
                    .findFirst()
                    .orElseThrow();
        }
        run(
                List.of(Peers.require("tar").toString(), "-xzf", archive.toString(), "-C", directory.toString()),
                directory.resolve("tar.log"));
        return program;
    }

    private static void run(List<String> command, Path log) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (process.waitFor(4, TimeUnit.MINUTES)) return;
        process.destroyForcibly();
        throw new IOException(command + ": no end after 4 min: " + Files.readString(log));
    }

    private static List<Result> read(Path report) throws IOException {
        NodeList suites;
        try {
            suites = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(report.toFile())
                    .getElementsByTagName("testsuite");
        } catch (ParserConfigurationException | SAXException e) {
            throw new IOException(report + ": " + e.getMessage(), e);
        }
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < suites.getLength(); i++) {
            NodeList cases = ((Element) suites.item(i)).getElementsByTagName("testcase");
            for (int n = 0; n < cases.getLength(); n++) {
                Element one = (Element) cases.item(n);
                results.add(new Result(
                        one.getAttribute("package") + "/" + (n + 1), one.getAttribute("classname"), failure(one)));
            }
        }
        return results;
    }

    private static @Nullable String failure(Element one) {
        NodeList inside = one.getElementsByTagName("*");
        return inside.getLength() == 0
                ? null
                : inside.item(0).getNodeName() + ": " + inside.item(0).getTextContent();
    }
}
