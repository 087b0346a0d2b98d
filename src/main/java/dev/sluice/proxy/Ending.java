package dev.sluice.proxy;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Objects;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** How whoever brought a request is told that it is done with. */
interface Ending {
    /** The request is done with later, by whichever thread finishes it. To be called once, before anything else. */
    void later();

    /** All of the response is written. */
    void complete();

    /** The response cannot be finished, and the client shall see that it was not. */
    void abort(Request.Handler.AbortException why);

    /** For a request that came through a servlet container. */
    static Ending of(ServletContextRequest servlet, HttpServletRequest request) {
        return new Ending() {
            private @Nullable AsyncContext async;

            @Override
            public void later() {
                AsyncContext started = request.startAsync();
                started.setTimeout(0);
                async = started;
            }

            @Override
            public void complete() {
                Objects.requireNonNull(async).complete();
            }

            @Override
            public void abort(Request.Handler.AbortException why) {
                servlet.getServletChannel().abort(why);
            }
        };
    }

    /** For a request that came straight from Jetty's core. */
    static Ending of(Callback callback) {
        return new Ending() {
            @Override
            public void later() {
                // The callback is told in any case.
            }

            @Override
            public void complete() {
                callback.succeeded();
            }

            @Override
            public void abort(Request.Handler.AbortException why) {
                callback.failed(why);
            }
        };
    }
}
