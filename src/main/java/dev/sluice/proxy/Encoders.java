package dev.sluice.proxy;

import dev.sluice.config.ResponseConfig.Coding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The content codings that can be used on this machine, and their encoders. A library is looked for when the first route asks
 * for it. Safe for use by many threads.
 */
final class Encoders {
    /** While as many answers are compressed, further ones go as they are. It bounds the memory: 1.3 MiB at most for each. */
    static final int AT_ONCE = 512;
    /** How many of a coding wait for the next answer. */
    private static final int KEPT = 16;

    private static final Logger LOG = LoggerFactory.getLogger(Encoders.class);

    private final AtomicInteger places = new AtomicInteger();
    private final AtomicInteger held = new AtomicInteger();
    private final Map<Coding, Supply> supplies = new EnumMap<>(Coding.class); // guarded by this
    private final Set<Coding> missed = EnumSet.noneOf(Coding.class); // guarded by this
    private volatile boolean closed;

    /** A coding that can be used. */
    final class Supply {
        private final String name;
        private final HttpField field;
        private final Supplier<Encoder> make;
        private final Deque<Encoder> kept = new ConcurrentLinkedDeque<>();
        private final AtomicInteger count = new AtomicInteger();

        private Supply(Coding coding, Supplier<Encoder> make) {
            this.name = word(coding);
            this.field = new PreEncodedHttpField(HttpHeader.CONTENT_ENCODING, name);
            this.make = make;
        }

        /** As in {@code Content-Encoding}. */
        String name() {
            return name;
        }

        /** {@code Content-Encoding}. */
        HttpField field() {
            return field;
        }

        /** For an answer that has a {@linkplain #reserve place}. To be given back with {@link #give}. */
        Encoder take() {
            Encoder next = kept.pollFirst();
            if (next == null) next = make.get();
            else count.decrementAndGet();
            held.incrementAndGet();
            return next;
        }

        void give(Encoder used) {
            held.decrementAndGet();
            if (closed || count.get() >= KEPT || !used.renew()) {
                used.close();
                return;
            }
            count.incrementAndGet();
            kept.addFirst(used);
            if (closed) empty();
        }

        private void empty() {
            for (Encoder idle = kept.pollFirst(); idle != null; idle = kept.pollFirst()) idle.close();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * Those of a route.
     *
     * @param wanted in order of preference; all of them means those that there are
     * @return in the same order
     * @throws IllegalArgumentException when one cannot be used; the message says why
     */
    synchronized List<Supply> of(String route, List<Coding> wanted) {
        require(route, wanted);
        List<Supply> usable = new ArrayList<>();
        for (Coding coding : wanted) {
            Supply supply = supplies.get(coding);
            String reason = supply == null ? reasonAgainst(coding) : null;
            if (reason == null) usable.add(supplies.computeIfAbsent(coding, c -> new Supply(c, maker(c))));
            else if (missed.add(coding)) LOG.info("answers are not compressed with {}: {}", word(coding), reason);
        }
        return List.copyOf(usable);
    }

    /** Looks for the same flaws alone. */
    static void require(String route, List<Coding> wanted) {
        if (wanted.equals(Arrays.asList(Coding.values()))) return; // What there is, whatever that is.
        for (Coding coding : wanted) {
            String reason = reasonAgainst(coding);
            if (reason != null)
                throw new IllegalArgumentException("route " + route + ", response.compress: " + word(coding)
                        + " cannot be used here: " + reason + " (expected: gzip, or true for what there is)");
        }
    }

    /** Null for none. */
    private static @Nullable String reasonAgainst(Coding coding) {
        try {
            if (coding == Coding.ZSTD) ZstdEncoder.require();
            else if (coding == Coding.BR) BrotliEncoder.require();
            return null;
        } catch (NoClassDefFoundError e) {
            return "its library is not on the class path";
        } catch (LinkageError | RuntimeException e) {
            Throwable cause = e.getCause();
            return String.valueOf((cause == null ? e : cause).getMessage())
                    .lines()
                    .findFirst()
                    .orElse("its library does not load");
        }
    }

    private static Supplier<Encoder> maker(Coding coding) {
        return switch (coding) {
            case ZSTD -> ZstdEncoder::new;
            case BR -> BrotliEncoder::new;
            case GZIP -> GzipEncoder::new;
        };
    }

    private static String word(Coding coding) {
        return coding.name().toLowerCase(Locale.ROOT);
    }

    /**
     * Keeps a place for one answer, because its head promises a coding before its encoder is needed. To be given up with
     * {@link #release}.
     *
     * @return false when as many answers are compressed as may be
     */
    boolean reserve() {
        if (places.incrementAndGet() <= AT_ONCE) return true;
        places.decrementAndGet();
        return false;
    }

    void release() {
        places.decrementAndGet();
    }

    /** Answers that are being compressed, or have a place. */
    int inUse() {
        return Math.max(places.get(), held.get());
    }

    /** Gives back the memory of those that wait; those in use follow as they are given back. */
    void close() {
        List<Supply> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(supplies.values());
        }
        all.forEach(Supply::empty);
    }
}
