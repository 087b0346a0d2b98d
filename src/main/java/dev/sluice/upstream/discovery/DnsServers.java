package dev.sluice.upstream.discovery;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.ResolverConfig;

/**
 * Who is asked, and for what.
 *
 * @param addresses in the order in which they are asked
 * @param search what is put behind a name that is not absolute
 * @param ndots a name with so many dots is asked for as it is, before that; others after it
 */
record DnsServers(List<InetSocketAddress> addresses, List<Name> search, int ndots) {
    DnsServers {
        addresses = List.copyOf(addresses);
        search = List.copyOf(search);
    }

    /** Those of the system, as {@code /etc/resolv.conf} has them at this moment. */
    static DnsServers ofSystem() {
        ResolverConfig config = new ResolverConfig();
        return new DnsServers(config.servers(), config.searchPath(), config.ndots());
    }

    /** The same search list with other servers. */
    DnsServers at(List<InetSocketAddress> others) {
        return new DnsServers(others, search, ndots);
    }

    /** Absolute names, at least one, in the order in which they are asked for. */
    List<Name> candidates(Name name) {
        if (name.isAbsolute()) return List.of(name);
        List<Name> names = new ArrayList<>();
        for (Name suffix : search) add(names, name, suffix);
        List<Name> itself = new ArrayList<>();
        add(itself, name, Name.root);
        // A name of one label has no dot.
        names.addAll(name.labels() - 1 >= ndots ? 0 : names.size(), itself);
        return names;
    }

    private static void add(List<Name> names, Name name, Name suffix) {
        try {
            Name whole = Name.concatenate(name, Name.concatenate(suffix, Name.root));
            if (!names.contains(whole)) names.add(whole);
        } catch (NameTooLongException tooLong) {
            return; // There can be no such name, and so none is missed.
        }
    }
}
