package dev.sluice.runtime;

import java.util.List;
import java.util.function.Supplier;

/**
 * What a start that takes over from another process has to be allowed. Both are called by the thread that starts, once, and
 * may block; what they throw ends the start, before anything of the other process was touched.
 */
public interface Takeover {
    /**
     * Before anything is started.
     *
     * @param held the addresses that others have
     * @return whether to listen beside them; else the start is an ordinary one
     * @throws Exception when one of them must not be listened on beside who has it
     */
    boolean allows(List<HeldAddress> held) throws Exception;

    /**
     * After backends have been looked for and asked whether they are well, before anything is bound. Not called in an
     * ordinary start.
     *
     * @param lacking the pools that have no backend to use at the moment, each with the reason, for people
     * @throws Exception when it cannot start like that
     */
    void awaitBackends(Supplier<List<String>> lacking) throws Exception;
}
