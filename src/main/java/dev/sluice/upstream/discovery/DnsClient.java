package dev.sluice.upstream.discovery;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.io.IoClientFactory;

/**
 * Asks recursive servers, the first one first, the next where one does not know or does not answer, and all of them a second
 * time, because datagrams get lost. Safe for use by many threads; never blocks.
 */
final class DnsClient implements Dns {
    /** How often all servers are asked. */
    private static final int ROUNDS = 2;
    /** Of names on the way to one that is no alias. */
    private static final int LONGEST_CHAIN = 12;

    private static final String NO_SUCH_NAME = "no such name";

    private final IoClientFactory sockets;
    private final Executor executor;
    private final Supplier<DnsServers> servers;
    private final Duration timeout;

    /**
     * @param executor reads what has come
     * @param servers asked for each look-up
     * @param timeout for one server to answer
     */
    DnsClient(IoClientFactory sockets, Executor executor, Supplier<DnsServers> servers, Duration timeout) {
        this.sockets = sockets;
        this.executor = executor;
        this.servers = servers;
        this.timeout = timeout;
    }

    @Override
    public CompletableFuture<Answer> ask(Name name, int type) {
        DnsServers now = servers.get();
        if (now.addresses().isEmpty()) {
            return CompletableFuture.failedFuture(new LookupException("this machine has no DNS server"));
        }
        return first(now.candidates(name).iterator(), type, now.addresses(), Answer.none(NO_SUCH_NAME));
    }

    /**
     * The first name of the search list that there is, whether it has such records or not: the next would be another name. For
     * the same reason a failure ends it.
     */
    private CompletableFuture<Answer> first(
            Iterator<Name> names, int type, List<InetSocketAddress> addresses, Answer before) {
        if (!names.hasNext()) return CompletableFuture.completedFuture(before);
        return follow(names.next(), type, addresses, new Chain(0, Duration.ofSeconds(Integer.MAX_VALUE)))
                .thenCompose(answer -> answer.nothing().equals(NO_SUCH_NAME)
                        ? first(names, type, addresses, answer)
                        : CompletableFuture.completedFuture(answer));
    }

    /** How far one has come along aliases. */
    private record Chain(int length, Duration ttl) {
        Chain and(Record link) {
            Duration its = Duration.ofSeconds(link.getTTL());
            return new Chain(length + 1, its.compareTo(ttl) < 0 ? its : ttl);
        }
    }

    private CompletableFuture<Answer> follow(Name name, int type, List<InetSocketAddress> addresses, Chain so) {
        if (so.length() > LONGEST_CHAIN) {
            String endless = "more than " + LONGEST_CHAIN + " aliases, one behind the other";
            return CompletableFuture.failedFuture(new LookupException(endless));
        }
        return send(name, type, addresses, 0, "").thenCompose(message -> {
            List<Record> records = message.getSection(Section.ANSWER);
            Name at = name;
            Chain chain = so;
            while (chain.length() <= LONGEST_CHAIN) {
                List<Record> wanted = of(records, at, type);
                if (!wanted.isEmpty()) return CompletableFuture.completedFuture(answer(wanted, chain));
                List<Record> alias = of(records, at, Type.CNAME);
                if (alias.isEmpty()) break;
                chain = chain.and(alias.get(0));
                at = ((CNAMERecord) alias.get(0)).getTarget();
            }
            // Servers give the whole chain as a rule; one that knows only its beginning says nothing of the end.
            if (!at.equals(name) && message.getRcode() == Rcode.NOERROR) return follow(at, type, addresses, chain);
            boolean known = message.getRcode() == Rcode.NOERROR;
            return CompletableFuture.completedFuture(
                    Answer.none(known ? "no " + Type.string(type) + " records" : NO_SUCH_NAME));
        });
    }

    private static Answer answer(List<Record> records, Chain chain) {
        Chain all = chain;
        for (Record each : records) all = all.and(each);
        return new Answer(records, all.ttl(), "");
    }

    private static List<Record> of(List<Record> records, Name name, int type) {
        return records.stream()
                .filter(r -> r.getType() == type
                        && r.getDClass() == DClass.IN
                        && r.getName().equals(name))
                .toList();
    }

    /** An answer that says whether there is such a name. */
    private CompletableFuture<Message> send(
            Name name, int type, List<InetSocketAddress> addresses, int attempt, String last) {
        if (attempt == ROUNDS * addresses.size()) return CompletableFuture.failedFuture(new LookupException(last));
        InetSocketAddress address = addresses.get(attempt % addresses.size());
        SimpleResolver server = new SimpleResolver(address);
        server.setIoClientFactory(sockets);
        server.setTimeout(timeout);
        Message query = Message.newQuery(Record.newRecord(name, type, DClass.IN));
        return server.sendAsync(query, executor)
                .handle((message, failure) -> {
                    String flaw = failure == null ? flaw(message) : LookupException.reason(failure);
                    if (flaw == null) return CompletableFuture.completedFuture(message);
                    String who = address.getAddress().getHostAddress() + ":" + address.getPort();
                    return send(name, type, addresses, attempt + 1, flaw + " (server " + who + ")");
                })
                .thenCompose(next -> next)
                .toCompletableFuture();
    }

    /** Null when it is an answer: other servers may know better than one that failed. */
    private static @Nullable String flaw(Message message) {
        int code = message.getRcode();
        return code == Rcode.NOERROR || code == Rcode.NXDOMAIN ? null : Rcode.string(code);
    }

    /** The name as a message has it; relative when no dot ends it. */
    static Name name(String text) {
        try {
            return Name.fromString(text);
        } catch (TextParseException e) {
            throw new IllegalArgumentException(text + " is not a name", e);
        }
    }
}
