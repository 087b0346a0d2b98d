package dev.sluice.upstream.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.BalanceConfig.SameSite;
import dev.sluice.config.BalanceConfig.Sticky;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StickyCookieTest {
    private static final String SECRET = "0123456789abcdef";
    private final StickyCookie cookie = made("sluice", SECRET);

    private static StickyCookie made(String name, String secret) {
        return new StickyCookie(new Sticky(name, secret, SameSite.LAX, null));
    }

    @Test
    void whatItMadeItReads() {
        assertThat(cookie.id(cookie.value("00112233aabbccdd"))).isEqualTo("00112233aabbccdd");
    }

    @Test
    void anotherProcessWithTheSameSecretReadsIt() {
        assertThat(made("sluice", SECRET).id(cookie.value("a1"))).isEqualTo("a1");
        assertThat(cookie.value("a1")).hasSize(2 + 1 + 22);
    }

    @Test
    void whatWasMadeWithAnotherSecretOrForAnotherNameIsNothing() {
        assertThat(made("sluice", SECRET + "!").id(cookie.value("a1"))).isNull();
        assertThat(made("other", SECRET).id(cookie.value("a1"))).isNull();
    }

    @Test
    void nobodyChoosesABackend() {
        String value = cookie.value("a1");
        assertThat(cookie.id("b1" + value.substring(2))).isNull();
        for (int i = 0; i < value.length(); i++) {
            char other = value.charAt(i) == 'A' ? 'B' : 'A';
            String forged = value.substring(0, i) + other + value.substring(i + 1);
            // The last character has bits to spare, which no code is in.
            if (i < value.length() - 1) assertThat(cookie.id(forged)).as(forged).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "a1",
                "a1.",
                ".0123456789012345678901",
                "a1.0123456789 01234567890",
                "a1.ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ"
            })
    void whatIsNoneIsNothing(String value) {
        assertThat(cookie.id(value)).isNull();
    }

    @Test
    void scriptsAndOtherSitesDoNotGetIt() {
        assertThat(cookie.set("a1", false))
                .isEqualTo("sluice=" + cookie.value("a1") + "; Path=/; HttpOnly; SameSite=Lax");
        StickyCookie lasting = new StickyCookie(new Sticky("s", SECRET, SameSite.NONE, Duration.ofHours(1)));
        assertThat(lasting.set("a1", true)).endsWith("; Path=/; HttpOnly; SameSite=None; Max-Age=3600; Secure");
    }

    @Test
    void secretIsInNoText() {
        assertThat(new Sticky("s", SECRET, SameSite.LAX, null).toString()).doesNotContain(SECRET);
    }
}
