package dev.sluice.config;

/**
 * Requests that are sent a second time, elsewhere; nobody waits for the answers.
 *
 * @param pool where to
 * @param percent of the requests, 1 to 100
 */
public record MirrorConfig(PoolConfig pool, int percent) {}
