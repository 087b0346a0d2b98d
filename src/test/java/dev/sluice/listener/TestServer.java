package dev.sluice.listener;

import dev.sluice.config.ListenerConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.TlsConfig;
import java.util.List;
import org.eclipse.jetty.server.Server;
import org.jspecify.annotations.Nullable;

/** A server with real listeners in front of an {@link EchoHandler}. */
final class TestServer implements AutoCloseable {
    final Server server = new Server();
    final Listeners listeners;

    private TestServer(List<ListenerConfig> configs, ServerConfig limits) {
        server.setHandler(new EchoHandler());
        listeners = Listeners.create(server, configs, limits);
    }

    static TestServer prepare(ListenerConfig... configs) {
        return new TestServer(List.of(configs), ServerConfig.defaults());
    }

    static TestServer prepare(ServerConfig limits, ListenerConfig... configs) {
        return new TestServer(List.of(configs), limits);
    }

    static ListenerConfig plain(String name) {
        return new ListenerConfig(name, "127.0.0.1", 0, null);
    }

    static ListenerConfig tls(String name, @Nullable TlsConfig tls) {
        return new ListenerConfig(name, "127.0.0.1", 0, tls == null ? new TlsConfig(null, null, null, null) : tls);
    }

    TestServer start() throws Exception {
        listeners.open();
        server.start();
        return this;
    }

    int port(String name) {
        return listeners.port(name);
    }

    @Override
    public void close() throws Exception {
        server.stop();
    }
}
