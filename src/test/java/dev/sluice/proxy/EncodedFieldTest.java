package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class EncodedFieldTest {
    @Test
    void fieldIsOneLine() {
        assertThat(line("a.test:8080")).isEqualTo("X-Forwarded-Host: a.test:8080\r\n");
    }

    @Test
    void controlsInAValueBeginNoLineOfTheirOwn() {
        assertThat(line("a\r\nX-Split: 1\0")).isEqualTo("X-Forwarded-Host: a  X-Split: 1 \r\n");
    }

    private static String line(String value) {
        return new String(new EncodedField(null, "X-Forwarded-Host", value).line(), StandardCharsets.ISO_8859_1);
    }
}
