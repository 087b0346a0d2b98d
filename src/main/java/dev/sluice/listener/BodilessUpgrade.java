package dev.sluice.listener;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * Upgrades a plain connection to HTTP/2, but not with a request that has a body: Jetty looks at Content-Length only, and
 * would read a chunked body as frames. To ignore an Upgrade is always allowed (RFC 9110 §7.8).
 */
final class BodilessUpgrade extends HTTP2CServerConnectionFactory {
    BodilessUpgrade(HttpConfiguration http) {
        super(http);
    }

    @Override
    public @Nullable Connection upgradeConnection(
            Connector connector, EndPoint endPoint, MetaData.Request request, HttpFields.Mutable response101) {
        if (request.getHttpFields().contains(HttpHeader.TRANSFER_ENCODING)) return null;
        return super.upgradeConnection(connector, endPoint, request, response101);
    }
}
