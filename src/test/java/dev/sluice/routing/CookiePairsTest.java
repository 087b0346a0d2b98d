package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CookiePairsTest {
    private static List<String> values(String field, String name) {
        List<String> values = new ArrayList<>();
        CookiePairs pairs = new CookiePairs(field, name);
        while (pairs.next()) values.add(pairs.value());
        return values;
    }

    @Test
    void valuesOfANameAreFoundInTheirOrder() {
        assertThat(values("a=1; b=2; a=3", "a")).containsExactly("1", "3");
        assertThat(values("a=1;b=2 ;\ta=x=y ", "a")).containsExactly("1", "x=y");
    }

    @Test
    void nameIsAWholeNameInItsOwnCase() {
        assertThat(values("aa=1; xa=2; A=3; a; =a; a =4", "a")).isEmpty();
        assertThat(values("", "a")).isEmpty();
        assertThat(values(";;;", "a")).isEmpty();
        assertThat(values("a=", "a")).containsExactly("");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "",
            value = {
                "'a=1'              | ''",
                "'a=1; b=2'         | 'b=2'",
                "'b=2; a=1'         | 'b=2'",
                "'b=2; a=1; c=3'    | 'b=2; c=3'",
                "'a=1; a=2'         | ''",
                "'b=\" a=1\"; c'    | 'b=\" a=1\"; c'",
                "'ba=1;  ca=2'      | 'ba=1;  ca=2'",
            })
    void theRestStaysAsItWas(String field, String rest) {
        assertThat(CookiePairs.without(field, "a")).isEqualTo(rest == null ? "" : rest);
    }
}
