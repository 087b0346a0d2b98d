package dev.sluice.upstream.discovery;

import dev.sluice.config.BackendConfig;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Type;

/**
 * The servers that the SRV records of a name tell (RFC 2782): the lowest priority serves, all others are backups. The weight
 * of a target is that of all its addresses together. One look-up at a time.
 */
final class Services {
    private static final Logger LOG = LoggerFactory.getLogger("discovery");
    /** What weights are multiplied by before they are divided: goes by every number of addresses up to six. */
    private static final int FINER = 60;

    private static final int HEAVIEST = 65_535;
    /** Targets whose addresses are looked up; more are left out. */
    private static final int MOST_TARGETS = 256;

    private final Addresses.Means means;
    private final BackendConfig template;
    private final Name name;
    // Of one look-up at a time, each of which begins after the one before.
    private volatile Map<Name, Target> known = Map.of();

    /** @param template its host is the name of the records */
    Services(Addresses.Means means, BackendConfig template) {
        this.means = means;
        this.template = template;
        this.name = DnsClient.name(template.host());
    }

    /** One host, and the addresses that it had last. */
    private static final class Target {
        private final Addresses addresses;
        private volatile Addresses.@Nullable Set last;

        Target(Addresses addresses) {
            this.addresses = addresses;
        }

        /** Null when nothing is known of it. */
        CompletableFuture<Addresses.@Nullable Set> look() {
            return addresses.look().handle((set, failure) -> {
                if (set != null) {
                    last = set;
                    return set;
                }
                LOG.debug("a target of SRV records is not found: {}", LookupException.reason(failure));
                Addresses.Set before = last;
                return before == null ? null : new Addresses.Set(before.addresses(), Duration.ZERO);
            });
        }
    }

    /** @return fails when there is no such record, or no address of any target is known */
    CompletableFuture<Found> look() {
        return means.dns().ask(name, Type.SRV).thenCompose(answer -> {
            List<SRVRecord> records = new ArrayList<>();
            for (Record each : answer.records()) if (each instanceof SRVRecord srv) records.add(srv);
            if (records.isEmpty()) return CompletableFuture.failedFuture(new LookupException(answer.nothing()));
            // A root as target says that there is decidedly no such service.
            records.removeIf(r -> r.getTarget().equals(Name.root));
            if (records.isEmpty()) return CompletableFuture.completedFuture(new Found(List.of(), answer.ttl()));
            return resolve(records, answer.ttl());
        });
    }

    private CompletableFuture<Found> resolve(List<SRVRecord> records, Duration ttl) {
        Map<Name, Target> targets = new HashMap<>();
        Map<Name, CompletableFuture<Addresses.@Nullable Set>> looks = new HashMap<>();
        for (SRVRecord each : records) {
            Name host = each.getTarget();
            if (targets.size() == MOST_TARGETS || targets.containsKey(host)) continue;
            Target before = known.get(host);
            Target target = before == null ? new Target(new Addresses(means, host.toString())) : before;
            targets.put(host, target);
            looks.put(host, target.look());
        }
        known = targets;
        return CompletableFuture.allOf(looks.values().toArray(CompletableFuture[]::new))
                .thenCompose(all -> {
                    Map<Name, Addresses.Set> sets = new HashMap<>();
                    looks.forEach((host, look) -> {
                        Addresses.Set set = look.join();
                        if (set != null) sets.put(host, set);
                    });
                    if (sets.isEmpty()) {
                        String why = "none of its targets is found";
                        return CompletableFuture.failedFuture(new LookupException(why));
                    }
                    return CompletableFuture.completedFuture(
                            found(records, sets, looks.size() > sets.size() ? Duration.ZERO : ttl));
                });
    }

    private Found found(List<SRVRecord> records, Map<Name, Addresses.Set> sets, Duration ttl) {
        List<SRVRecord> usable = new ArrayList<>(records);
        usable.removeIf(r -> !sets.containsKey(r.getTarget()) || r.getPort() == 0);
        // By what stands there, not by what is found: backups do not become regular because a name is not found for
        // once.
        int lowest = records.stream().mapToInt(SRVRecord::getPriority).min().orElse(0);
        double factor = factor(usable, sets);
        List<BackendConfig> members = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        Duration least = ttl;
        for (SRVRecord each : usable) {
            Addresses.Set set = sets.get(each.getTarget());
            if (set == null) continue;
            if (set.ttl().compareTo(least) < 0) least = set.ttl();
            double share =
                    (double) Math.max(1, each.getWeight()) / set.addresses().size();
            int weight = (int) Math.max(1, Math.round(share * factor));
            boolean backup = template.backup() || each.getPriority() > lowest;
            for (InetAddress address : set.addresses()) {
                BackendConfig member = at(each, address).withWeight(weight).withBackup(backup);
                if (seen.add(member.origin())) members.add(member);
            }
        }
        return new Found(members, least);
    }

    /** By what shares are multiplied so that they stay as far apart as they are, in whole numbers. */
    private static double factor(List<SRVRecord> records, Map<Name, Addresses.Set> sets) {
        boolean single = true;
        int heaviest = 1;
        for (SRVRecord each : records) {
            Addresses.Set set = sets.get(each.getTarget());
            single &= set != null && set.addresses().size() == 1;
            heaviest = Math.max(heaviest, each.getWeight());
        }
        return single ? 1 : Math.min(FINER, (double) HEAVIEST / heaviest);
    }

    /** Called by the name of the target, as certificates are for hosts, and not for services. */
    private BackendConfig at(SRVRecord record, InetAddress address) {
        String host = record.getTarget().toString(true);
        BackendConfig server = new BackendConfig(
                template.scheme(),
                host,
                record.getPort(),
                template.basePath(),
                template.query(),
                null,
                1,
                false,
                template.name(),
                template.tls());
        return server.at(AddressText.of(address), record.getPort());
    }
}
