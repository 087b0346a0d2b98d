package dev.sluice.config;

import dev.sluice.config.RouteConfig.ProxyProtocol;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Backends that serve the same, and how one of them is chosen.
 *
 * @param name unique, for logs: its own, or that of the only route that it serves
 * @param backends those that are listed; at least one, unless there are discoveries
 * @param discoveries where more are found
 * @param proxyProtocol what connections to them begin with; default nothing
 * @param health how they are asked whether they are well; null when they are not
 * @param balance how one of them is chosen
 * @param ejection when one is left alone for a while
 * @param retries when a request is tried again
 * @param limits how much they are asked at once
 * @param connections to them
 */
public record PoolConfig(
        String name,
        List<BackendConfig> backends,
        List<DiscoveryConfig> discoveries,
        ProxyProtocol proxyProtocol,
        @Nullable HealthConfig health,
        BalanceConfig balance,
        EjectionConfig ejection,
        RetryConfig retries,
        LimitsConfig limits,
        ConnectionsConfig connections) {
    public PoolConfig {
        backends = List.copyOf(backends);
        discoveries = List.copyOf(discoveries);
    }

    /** Whether there can never be a backend in it. */
    boolean isNobodys() {
        return backends.isEmpty() && discoveries.isEmpty();
    }

    /** One with the defaults of everything. */
    public static PoolConfig of(String name, List<BackendConfig> backends) {
        return new PoolConfig(
                name,
                backends,
                List.of(),
                ProxyProtocol.OFF,
                null,
                BalanceConfig.defaults(),
                EjectionConfig.defaults(),
                RetryConfig.defaults(),
                LimitsConfig.defaults(),
                ConnectionsConfig.defaults());
    }

    /** The same with other backends. */
    public PoolConfig withBackends(List<BackendConfig> value) {
        return new PoolConfig(
                name, value, discoveries, proxyProtocol, health, balance, ejection, retries, limits, connections);
    }

    /** The same with another header at the beginning of connections. */
    public PoolConfig withProxyProtocol(ProxyProtocol value) {
        return new PoolConfig(
                name, backends, discoveries, value, health, balance, ejection, retries, limits, connections);
    }

    /** The same with checks, or without. */
    public PoolConfig withHealth(@Nullable HealthConfig value) {
        return new PoolConfig(
                name, backends, discoveries, proxyProtocol, value, balance, ejection, retries, limits, connections);
    }

    /** The same with another way to choose. */
    public PoolConfig withBalance(BalanceConfig value) {
        return new PoolConfig(
                name, backends, discoveries, proxyProtocol, health, value, ejection, retries, limits, connections);
    }

    /** The same with other reasons to leave one alone. */
    public PoolConfig withEjection(EjectionConfig value) {
        return new PoolConfig(
                name, backends, discoveries, proxyProtocol, health, balance, value, retries, limits, connections);
    }

    /** The same with other rules for a second try. */
    public PoolConfig withRetries(RetryConfig value) {
        return new PoolConfig(
                name, backends, discoveries, proxyProtocol, health, balance, ejection, value, limits, connections);
    }

    /** The same with other limits. */
    public PoolConfig withLimits(LimitsConfig value) {
        return new PoolConfig(
                name, backends, discoveries, proxyProtocol, health, balance, ejection, retries, value, connections);
    }

    /** The same with other rules for connections. */
    public PoolConfig withConnections(ConnectionsConfig value) {
        return new PoolConfig(
                name, backends, discoveries, proxyProtocol, health, balance, ejection, retries, limits, value);
    }

    /** The same with other places where backends are found. */
    public PoolConfig withDiscoveries(List<DiscoveryConfig> value) {
        return new PoolConfig(
                name, backends, value, proxyProtocol, health, balance, ejection, retries, limits, connections);
    }
}
