package dev.sluice.runtime;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.sluice.admin.Control;
import dev.sluice.drain.DrainHandler;
import dev.sluice.drain.DrainPlan;
import dev.sluice.drain.DrainProgress;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** What the admin server is told by a proxy, and what it may tell it. */
final class Controls implements Control {
    private static final String WHY = "admin call";
    private static final JsonFactory JSON = new JsonFactory();

    private final Sluice sluice;
    private final DrainHandler drain;
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final AtomicBoolean reloading = new AtomicBoolean();
    private final AtomicBoolean planning = new AtomicBoolean();

    Controls(Sluice sluice, DrainHandler drain) {
        this.sluice = sluice;
        this.drain = drain;
    }

    @Override
    public boolean isReady() {
        return drain.isReady();
    }

    @Override
    public String state() {
        return drain.progress().state();
    }

    @Override
    public Report progress() {
        DrainProgress progress = drain.progress();
        return new Report(progress.inWords(), progress.json());
    }

    @Override
    public Report plan() {
        DrainPlan plan = drain.plan();
        return new Report(plan.inWords(), plan.json());
    }

    @Override
    public Report reload() throws RefusedException {
        return oneAtATime(reloading, "another reload is under way", () -> sluice.reload(WHY), "nothing is different");
    }

    @Override
    public Report planReload() throws RefusedException {
        return oneAtATime(planning, "another dry run is under way", sluice::planReload, "nothing would change");
    }

    /** Each takes a thread of few for as long as it lasts, and load balancers ask the same ones. */
    private static Report oneAtATime(AtomicBoolean busy, String refusal, Lines asked, String ifNone)
            throws RefusedException {
        if (!busy.compareAndSet(false, true)) throw new RefusedException(refusal);
        try {
            return report(asked, ifNone);
        } finally {
            busy.set(false);
        }
    }

    private interface Lines {
        List<String> get() throws ReloadException, InterruptedException;
    }

    private static Report report(Lines asked, String ifNone) throws RefusedException {
        try {
            List<String> lines = asked.get();
            StringWriter json = new StringWriter();
            try (JsonGenerator out = JSON.createGenerator(json)) {
                out.writeStartObject();
                out.writeArrayFieldStart("changes");
                for (String line : lines) out.writeString(line);
                out.writeEndArray();
                out.writeEndObject();
            }
            return new Report((lines.isEmpty() ? ifNone : String.join("\n", lines)) + "\n", json.toString());
        } catch (ReloadException e) {
            throw new RefusedException(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RefusedException("interrupted");
        } catch (IOException e) {
            throw new UncheckedIOException(e); // Memory does not fail to be written to.
        }
    }

    @Override
    public boolean announce() {
        return drain.announce(WHY);
    }

    @Override
    public boolean cancelAnnouncement() {
        return drain.cancelAnnouncement();
    }

    @Override
    public boolean drain() {
        if (sluice.isStopping() || !stopping.compareAndSet(false, true)) return false;
        // On a thread of its own: whoever asked gets an answer before the stop ends the server that gives it.
        new Thread(() -> sluice.stop(WHY), "sluice-stop").start();
        return true;
    }

    @Override
    public boolean cut() {
        if (!drain.progress().state().equals("draining")) return false;
        sluice.cut();
        return true;
    }
}
