package dev.sluice.upstream.balance;

import dev.sluice.config.BalanceConfig.SameSite;
import dev.sluice.config.BalanceConfig.Sticky;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The cookie that brings a client back to its backend: the backend's id, and a code that only who knows the secret can make
 * (HMAC-SHA256, cut to 128 bits). So nobody learns where a backend is, or chooses one. The same in every process that has
 * the secret. Safe for use by many threads, without locks.
 */
public final class StickyCookie {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int CODE_BYTES = 16;
    /** What so many bytes are in Base64 without padding. */
    private static final int CODE_CHARS = 22;

    private static final int LONGEST_ID = 64;

    private final String name;
    private final String attributes;
    private final Mac fresh; // never used itself

    public StickyCookie(Sticky declared) {
        name = declared.cookie();
        attributes = attributes(declared.sameSite(), declared.maxAge());
        try {
            fresh = Mac.getInstance(ALGORITHM);
            fresh.init(new SecretKeySpec(declared.secret().getBytes(StandardCharsets.UTF_8), ALGORITHM));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    private static String attributes(SameSite sameSite, @Nullable Duration maxAge) {
        String site = switch (sameSite) {
            case STRICT -> "Strict";
            case LAX -> "Lax";
            case NONE -> "None";
        };
        String age = maxAge == null ? "" : "; Max-Age=" + maxAge.toSeconds();
        return "; Path=/; HttpOnly; SameSite=" + site + age;
    }

    /** What it is called. */
    public String name() {
        return name;
    }

    /** What a client gets for a backend. */
    public String value(String id) {
        return id + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(code(id));
    }

    /**
     * A value of {@code Set-Cookie} (RFC 6265 §4.1).
     *
     * @param secure whether the client came by TLS, and is to show it only there
     */
    public String set(String id, boolean secure) {
        return name + "=" + value(id) + attributes + (secure ? "; Secure" : "");
    }

    /** The id in a value that was made with the same secret for the same name, null for any other. */
    public @Nullable String id(String value) {
        int dot = value.length() - CODE_CHARS - 1;
        if (dot < 1 || dot > LONGEST_ID || value.charAt(dot) != '.') return null;
        String id = value.substring(0, dot);
        try {
            byte[] claimed = Base64.getUrlDecoder().decode(value.substring(dot + 1));
            return MessageDigest.isEqual(claimed, code(id)) ? id : null;
        } catch (IllegalArgumentException e) {
            return null; // No Base64: nobody made that here.
        }
    }

    private byte[] code(String id) {
        try {
            Mac mac = (Mac) fresh.clone();
            mac.update(name.getBytes(StandardCharsets.UTF_8));
            mac.update((byte) '=');
            return Arrays.copyOf(mac.doFinal(id.getBytes(StandardCharsets.UTF_8)), CODE_BYTES);
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the " + ALGORITHM + " of every JDK can be cloned", e);
        }
    }
}
