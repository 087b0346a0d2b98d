package dev.sluice.proxy;

import org.eclipse.jetty.io.Content;

/** Told of what moves of a request's body, so that it is known for whom an exchange waits. */
interface BodyProgress {
    /** For a body that nobody waits for. */
    BodyProgress NONE = new BodyProgress() {};

    /** Nothing to send until the client sends more. */
    default void waitingForClient() {}

    /** The client sent something, which is to be looked at now or never. */
    default void clientSent(Content.Chunk chunk) {}

    /** The client's side failed while the backend's side was reading from it: that side will end, and say so. */
    default void clientFailed(Throwable cause) {}

    /** The client's side failed while nobody was waiting for what it sends. */
    default void gone(Throwable cause) {}
}
