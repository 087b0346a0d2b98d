package dev.sluice.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Chromium without a window, on one page until it is closed. What the page does, its scripts tell the server. */
public final class Browser implements AutoCloseable {
    private final Process process;

    private Browser(Process process) {
        this.process = process;
    }

    /** @param directory for what the browser keeps and says */
    public static Browser open(String url, Path directory) throws IOException {
        return new Browser(new ProcessBuilder(List.of(
                        Peers.require("chromium").toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--ignore-certificate-errors",
                        "--no-first-run",
                        "--remote-debugging-port=0", // Else it ends when the page is loaded.
                        "--user-data-dir=" + directory.resolve("profile"),
                        url))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("browser.log").toFile())
                .start());
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
