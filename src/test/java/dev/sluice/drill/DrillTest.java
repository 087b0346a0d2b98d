package dev.sluice.drill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.SluiceConfig;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DrillTest {
    @Test
    void defaultConfigurationLosesNothing() throws Exception {
        var plan = new DrillPlan(DrillPlan.What.STOP, SluiceConfig.defaults(), "default", false, List.of(), 2, Duration.ofSeconds(1), 0);
        DrillResult result = new Drill(plan, DrillProgress.NONE).run();
        for (Kind k : Kind.values())
            for (Outcome o : Outcome.values())
                if (result.tally().of(k, o) > 0)
                    System.out.println(k + " " + o + " " + result.tally().of(k, o));
        System.out.println(result.drain() + " " + result.tally().sent() + " idle "
                + result.tally().closedIdle() + " " + result.contradictions() + " "
                + result.moments().listenersClosed() + " stop "
                + result.moments().stop() + " over " + result.moments().over() + " end "
                + result.moments().end());
        result.requests().stream().filter(s -> s.outcome() != Outcome.FINISHED).forEach(System.out::println);
        assertThat(result.lost()).isEmpty();
    }
}
