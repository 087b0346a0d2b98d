package dev.sluice.proxy;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends a response that cannot be finished so that the client sees that it was not. */
final class Broken {
    private static final Logger LOG = LoggerFactory.getLogger(Broken.class);

    private Broken() {}

    /**
     * HTTP/1.1: the connection closes before the length is reached or the last chunk was sent; HTTP/2: RST_STREAM. A body
     * that only the end of the connection delimits would look whole, so that connection is reset.
     */
    static void end(Request in, Response out, ProxyFailure why, Ending ending) {
        boolean delimitedByClose = out.isCommitted()
                && in.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_0
                && !out.getHeaders().contains(HttpHeader.CONTENT_LENGTH);
        if (delimitedByClose) resetOnClose(in);
        ending.abort(new Request.Handler.AbortException(why.reason()));
    }

    private static void resetOnClose(Request in) {
        try {
            Object channel =
                    in.getConnectionMetaData().getConnection().getEndPoint().getTransport();
            if (channel instanceof NetworkChannel network) network.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            LOG.debug("connection of {} was closed already", Request.getRemoteAddr(in), e);
        }
    }
}
