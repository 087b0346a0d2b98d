package dev.sluice.upstream.discovery;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * All addresses of one name. Each family is asked for by itself and remembered by itself: where one of them cannot be had for
 * once, what it was before stands. One look-up at a time.
 */
final class Addresses {
    /** How long an answer holds of which one family failed, at most. */
    private static final Duration HALF = Duration.ofSeconds(5);

    private final Means means;
    private final String text;
    private final Name name;
    // Of one look-up at a time, each of which begins after the one before.
    private volatile List<InetAddress> lastFour = List.of();
    private volatile List<InetAddress> lastSix = List.of();

    /**
     * What names are looked up with.
     *
     * @param dns asked for what is not in the hosts file
     * @param ipv6 whether this machine has addresses of that kind: those of others are of no use without
     */
    record Means(Dns dns, HostsFile hosts, BooleanSupplier ipv6) {}

    /** Addresses, at least one, each once, and for how long that holds. */
    record Set(List<InetAddress> addresses, Duration ttl) {
        public Set {
            addresses = List.copyOf(addresses);
        }
    }

    Addresses(Means means, String name) {
        this.means = means;
        this.text = name;
        this.name = DnsClient.name(name);
    }

    /** @return fails when no address is known, or neither family could be looked up */
    CompletableFuture<Set> look() {
        List<InetAddress> here = means.hosts().addresses(text);
        if (!here.isEmpty()) return CompletableFuture.completedFuture(new Set(usable(here), Duration.ZERO));
        var four = means.dns().ask(name, Type.A).handle(Half::new);
        var six = means.dns().ask(name, Type.AAAA).handle(Half::new);
        return four.thenCombine(six, this::both).thenCompose(each -> each);
    }

    private record Half(
            Dns.@Nullable Answer answer, @Nullable Throwable failure) {
        boolean failed() {
            return answer == null;
        }

        /** Of one that failed, what was known before. */
        List<InetAddress> or(List<InetAddress> last) {
            if (answer == null) return last;
            List<InetAddress> found = new ArrayList<>();
            for (Record each : answer.records()) {
                if (each instanceof ARecord a) found.add(a.getAddress());
                else if (each instanceof AAAARecord aaaa) found.add(aaaa.getAddress());
            }
            return found;
        }

        Duration ttl() {
            if (answer == null) return HALF;
            return answer.records().isEmpty() ? Duration.ofSeconds(Integer.MAX_VALUE) : answer.ttl();
        }
    }

    private CompletableFuture<Set> both(Half four, Half six) {
        if (four.failed() && six.failed() && four.failure() != null) {
            return CompletableFuture.failedFuture(four.failure());
        }
        lastFour = four.or(lastFour);
        lastSix = six.or(lastSix);
        List<InetAddress> all = new ArrayList<>(lastFour);
        all.addAll(lastSix);
        if (all.isEmpty()) return CompletableFuture.failedFuture(nothing(four, six));
        List<InetAddress> usable = usable(all);
        if (usable.isEmpty()) {
            String flaw = "has IPv6 addresses only, and this machine has none";
            return CompletableFuture.failedFuture(new LookupException(flaw));
        }
        Duration ttl = four.ttl().compareTo(six.ttl()) < 0 ? four.ttl() : six.ttl();
        return CompletableFuture.completedFuture(new Set(usable, ttl));
    }

    /** Neither family has any; or one has none, and of the other nothing is known. */
    private static Throwable nothing(Half four, Half six) {
        if (four.failure() != null) return four.failure();
        if (six.failure() != null) return six.failure();
        String why = four.answer() == null ? "" : four.answer().nothing();
        return new LookupException(why.equals("no A records") ? "no addresses" : why);
    }

    private List<InetAddress> usable(List<InetAddress> all) {
        boolean ipv6 = means.ipv6().getAsBoolean();
        return all.stream()
                .filter(a -> ipv6 || a.isLoopbackAddress() || !(a instanceof Inet6Address))
                .distinct()
                .toList();
    }
}
