package dev.sluice.proxy;

import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.http.HttpFields;
import org.jspecify.annotations.Nullable;

/** The body of a request as a transport reads it: one chunk at a time, when the backend can take it. */
interface BackendBody extends Request.Content {
    /** Trailer fields that followed the body, or null when there were none or the body has not ended. */
    @Nullable
    HttpFields trailers();

    @Override
    default @Nullable String getContentType() {
        return null; // Content-Type passes with the other fields, and is not invented.
    }

    @Override
    default boolean rewind() {
        return false;
    }
}
