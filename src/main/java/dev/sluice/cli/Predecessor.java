package dev.sluice.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that a takeover would end: whether it may. On Linux, from {@code /proc}.
 *
 * @param pid its id
 */
record Predecessor(long pid) {
    private static final Logger log = LoggerFactory.getLogger(Predecessor.class);
    private static final Path PROC = Path.of("/proc");
    private static final String MAIN = Main.class.getName();

    /**
     * Why it must be left alone, or null when it is a Sluice of the same user.
     *
     * @return a sentence's end: {@code nginx, pid 123, which is no Sluice}
     */
    @Nullable
    String objection() {
        Path process = PROC.resolve(Long.toString(pid));
        try {
            String name = Files.readString(process.resolve("comm")).trim() + ", pid " + pid;
            // Only processes of the same user let each other in, and may be signalled: root is no exception to the
            // first.
            if (!owner(process).equals(owner(PROC.resolve("self")))) return name + ", which is another user's";
            return runsSluice(process) ? null : name + ", which is no Sluice";
        } catch (IOException e) {
            log.debug("process {} cannot be looked at", pid, e);
            return "pid " + pid + ", which cannot be looked at";
        }
    }

    private static Object owner(Path process) throws IOException {
        return Files.getAttribute(process, "unix:uid");
    }

    /** Whether its command line names our main class, or a jar of which it is the main class. */
    private static boolean runsSluice(Path process) throws IOException {
        String line = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
        List<String> arguments = List.of(line.split("\0"));
        if (arguments.contains(MAIN)) return true;
        int jar = arguments.indexOf("-jar") + 1;
        return jar > 0 && jar < arguments.size() && isSluice(process, arguments.get(jar));
    }

    private static boolean isSluice(Path process, String jar) {
        Path file = process.resolve("cwd").resolve(jar);
        try (JarFile opened = new JarFile(file.toFile(), false)) {
            Manifest manifest = Objects.requireNonNullElseGet(opened.getManifest(), Manifest::new);
            return MAIN.equals(manifest.getMainAttributes().getValue("Main-Class"));
        } catch (IOException e) {
            // Moved, or just being replaced, which is what an update does: what is left of it is the name.
            log.debug("{} cannot be read", file, e);
            return file.getFileName().toString().matches("sluice.*\\.jar");
        }
    }

    /** Asks it to drain. */
    boolean terminate() {
        return ProcessHandle.of(pid).map(ProcessHandle::destroy).orElse(true);
    }
}
