package dev.sluice.upstream.discovery;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** Who is asked for records of names. */
interface Dns {
    /**
     * The records of a type, aliases followed.
     *
     * @param name relative ones are tried as the system's search list has it
     * @param type one of {@link org.xbill.DNS.Type}
     * @return fails when no server said whether there are any, never without an end
     */
    CompletableFuture<Answer> ask(Name name, int type);

    /**
     * What a server has said.
     *
     * @param records none when there are none
     * @param ttl the smallest of these records and of the aliases that led to them
     * @param nothing why there are none; empty when there are some
     */
    record Answer(List<Record> records, Duration ttl, String nothing) {
        public Answer {
            records = List.copyOf(records);
        }

        static Answer none(String why) {
            return new Answer(List.of(), Duration.ZERO, why);
        }
    }
}
