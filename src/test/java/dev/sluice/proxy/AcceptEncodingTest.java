package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AcceptEncodingTest {
    private static final List<String> NAMES = List.of("zstd", "br", "gzip");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "gzip, deflate, br, zstd | zstd",
                "gzip, deflate, br | br",
                "GZIP | gzip",
                "x-gzip | gzip",
                "gzip;q=1.0, br;q=0.5 | gzip",
                "br ; q=0.8 , gzip;Q=0.8 | br",
                "zstd;q=0, br;q=0.000, gzip;q=0.001 | gzip",
                "* | zstd",
                "zstd;q=0, * | br",
                "*;q=0, gzip | gzip",
                "*;q=0 | none",
                "identity | none",
                "identity;q=0 | none",
                "identity;q=0, br | br",
                "identity;q=1, gzip;q=0.5 | none",
                "identity;q=0.5, gzip | gzip",
                "deflate, compress | none",
                "gzip;q=2 | none",
                "gzip;q=abc | none",
                "gzip;q=0.1234 | none",
                "gzip;level=9 | none",
                ", ,gzip,, | gzip",
                "'' | none"
            })
    void qualitiesDecideAndThenTheOrderOfTheRoute(String accepted, String coding) {
        int index = AcceptEncoding.choose(HttpFields.build().add("Accept-Encoding", accepted), NAMES);
        assertThat(index < 0 ? null : NAMES.get(index)).isEqualTo(coding);
    }

    @Test
    void severalFieldsAreOneList() {
        HttpFields both = HttpFields.build().add("Accept-Encoding", "gzip").add("Accept-Encoding", "br");
        assertThat(AcceptEncoding.choose(both, NAMES)).isEqualTo(1);
        assertThat(AcceptEncoding.choose(HttpFields.EMPTY, NAMES)).isEqualTo(-1);
    }
}
