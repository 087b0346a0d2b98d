package dev.sluice.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What the echo script says about a request, in the body of its response: one fact a line, in ISO-8859-1.
 *
 * @param origin the name of the origin that answered
 * @param method as received
 * @param target byte for byte
 * @param version such as {@code HTTP/1.1}
 * @param fields header lines as received
 * @param body size and checksum of the decoded body
 * @param trailers as received
 */
public record EchoReport(
        String origin,
        String method,
        String target,
        String version,
        List<Field> fields,
        BodySum body,
        List<Field> trailers) {
    static byte[] write(String origin, ReceivedRequest request) {
        StringBuilder text = new StringBuilder();
        text.append("origin ").append(origin).append('\n');
        text.append("method ").append(request.method()).append('\n');
        text.append("target ").append(request.target()).append('\n');
        text.append("version ").append(request.version()).append('\n');
        for (Field field : request.fields()) text.append("field ").append(field).append('\n');
        BodySum sum = request.bodySum();
        text.append("body ").append(sum.size()).append(' ').append(sum.crc()).append('\n');
        for (Field field : request.trailers())
            text.append("trailer ").append(field).append('\n');
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Reads a report back. @throws IllegalArgumentException when the bytes are none */
    public static EchoReport parse(byte[] bytes) {
        String origin = "";
        String method = "";
        String target = "";
        String version = "";
        BodySum body = new BodySum(0, 0);
        List<Field> fields = new ArrayList<>();
        List<Field> trailers = new ArrayList<>();
        for (String line : new String(bytes, StandardCharsets.ISO_8859_1).split("\n")) {
            int space = line.indexOf(' ');
            String fact = space < 0 ? line : line.substring(0, space);
            String value = line.substring(space + 1);
            switch (fact) {
                case "origin" -> origin = value;
                case "method" -> method = value;
                case "target" -> target = value;
                case "version" -> version = value;
                case "field" -> fields.add(Field.parse(value));
                case "trailer" -> trailers.add(Field.parse(value));
                case "body" -> {
                    String[] sum = value.split(" ");
                    body = new BodySum(Long.parseLong(sum[0]), Long.parseLong(sum[1]));
                }
                default -> throw new IllegalArgumentException("echo report: \"" + line + "\" (expected: a known fact)");
            }
        }
        return new EchoReport(origin, method, target, version, List.copyOf(fields), body, List.copyOf(trailers));
    }
}
