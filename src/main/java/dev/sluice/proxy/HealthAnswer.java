package dev.sluice.proxy;

import dev.sluice.config.HealthConfig;
import dev.sluice.upstream.health.Probe.Finding;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * Judges the answer to an HTTP check: status first, and then, of the first 64 KiB, the body. What comes beyond them is not
 * looked at, nor waited for; an answer that is shorter must be complete. Told by one thread at a time.
 */
class HealthAnswer implements Response.Listener {
    /** Of a body, in bytes. */
    static final int MOST = 64 * 1024;

    private static final int MOST_TOLD = 60;

    private final HealthConfig.@Nullable Http check;
    private final Consumer<Finding> finding;
    private final Consumer<Throwable> failure;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private int length;
    private volatile boolean begun;

    /**
     * @param check null where the subclass judges
     * @param finding told once or several times; the first one counts
     * @param failure told why there is no answer, or no more of it; after a finding it means nothing
     */
    HealthAnswer(HealthConfig.@Nullable Http check, Consumer<Finding> finding, Consumer<Throwable> failure) {
        this.check = check;
        this.finding = finding;
        this.failure = failure;
    }

    /** Whether the final answer has begun to come. */
    final boolean hasBegun() {
        return begun;
    }

    @Override
    public final void onHeaders(Response response) {
        begun = true;
        // HTTP/2 has no framing in its fields that could be doubted.
        boolean http2 = response.getVersion() == HttpVersion.HTTP_2;
        String refusal = http2 || response.getStatus() < 200
                ? null
                : AnswerRules.refusal(response.getStatus(), response.getVersion(), response.getHeaders(), null);
        String wrong = refusal == null ? flaw(response) : "bad answer: " + refusal;
        if (wrong != null) finding.accept(Finding.failed(wrong));
    }

    @Override
    public final void onContent(Response response, ByteBuffer content) {
        int taken = Math.min(MOST - length, content.remaining());
        length += taken;
        if (keepsBody()) {
            byte[] bytes = new byte[taken];
            content.get(bytes);
            body.write(bytes, 0, taken);
        }
        if (length == MOST) finding.accept(atMost());
    }

    @Override
    public final void onComplete(Result result) {
        Throwable cause = result.getFailure();
        if (cause == null) finding.accept(atEnd(result.getResponse()));
        else failure.accept(cause);
    }

    /** What has been kept of the body. */
    final ByteBuffer body() {
        return ByteBuffer.wrap(body.toByteArray());
    }

    // How an answer to an HTTP check is judged; other checks have their own ways.

    /** What is wrong with the answer by its head alone, or null. */
    @Nullable
    String flaw(Response response) {
        if (check == null) return null;
        int status = response.getStatus();
        if (check.status().stream().anyMatch(range -> range.contains(status))) return null;
        String ranges = check.status().stream().map(Object::toString).collect(Collectors.joining(", "));
        return "status " + status + " (expected " + ranges + ")";
    }

    boolean keepsBody() {
        return check != null && check.body() != null;
    }

    /** As much has come as is looked at, and maybe more to come. */
    Finding atMost() {
        return judge("the first 64 KiB of the body");
    }

    Finding atEnd(Response response) {
        return judge("body");
    }

    private Finding judge(String what) {
        String wanted = check == null ? null : check.body();
        if (wanted == null) return Finding.passed("as expected");
        if (body.toString(StandardCharsets.UTF_8).contains(wanted)) return Finding.passed("as expected");
        String told = wanted.length() <= MOST_TOLD ? wanted : wanted.substring(0, MOST_TOLD) + "...";
        return Finding.failed(what + " without \"" + told + "\"");
    }
}
