package dev.sluice.importing;

/** Words, semicolons and braces of an nginx file, as {@code ngx_conf_read_token} splits them. */
final class NginxTokens {
    enum Type {
        WORD,
        END,
        OPEN,
        CLOSE,
        EOF
    }

    private final String text;
    private final String file;
    private int at;
    private int lineAt = 1;

    private Type type = Type.EOF;
    private String word = "";
    private int line = 1;

    NginxTokens(String text, String file) {
        this.text = text;
        this.file = file;
    }

    Type type() {
        return type;
    }

    String text() {
        return word;
    }

    /** Where the current token begins. */
    int line() {
        return line;
    }

    Type next() throws ImportException {
        skip();
        line = lineAt;
        if (at >= text.length()) return is(Type.EOF, "the end of the file");
        char c = text.charAt(at);
        switch (c) {
            case ';':
                at++;
                return is(Type.END, ";");
            case '{':
                at++;
                return is(Type.OPEN, "{");
            case '}':
                at++;
                return is(Type.CLOSE, "}");
            case '"', '\'':
                return quoted(c);
            default:
                return bare();
        }
    }

    private Type is(Type type, String word) {
        this.type = type;
        this.word = word;
        return type;
    }

    private void skip() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '#') {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
                if (c == '\n') lineAt++;
                at++;
            } else {
                return;
            }
        }
    }

    private Type quoted(char quote) throws ImportException {
        StringBuilder out = new StringBuilder();
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == quote) {
                at++;
                if (at < text.length() && " \t\r\n;{)".indexOf(text.charAt(at)) < 0)
                    throw new ImportException(file, lineAt, "" + text.charAt(at), "a space, ; or { behind the quote");
                return is(Type.WORD, out.toString());
            }
            if (c == '\n') lineAt++;
            if (c == '\\' && at + 1 < text.length()) escaped(out);
            else out.append(c);
        }
        throw new ImportException(file, line, "a quote that is left open", quote + " before the end of the file");
    }

    private Type bare() {
        StringBuilder out = new StringBuilder();
        for (; at < text.length(); at++) {
            char c = text.charAt(at);
            boolean variable = c == '{' && out.length() > 0 && out.charAt(out.length() - 1) == '$';
            if (" \t\r\n;".indexOf(c) >= 0 || c == '{' && !variable) break;
            if (c == '\\' && at + 1 < text.length()) escaped(out);
            else out.append(c);
        }
        return is(Type.WORD, out.toString());
    }

    /** Of a backslash and the character behind it; before most characters the backslash stays. */
    private void escaped(StringBuilder out) {
        char c = text.charAt(++at);
        if (c == '\n') lineAt++;
        switch (c) {
            case '"', '\'', '\\' -> out.append(c);
            case 't' -> out.append('\t');
            case 'n' -> out.append('\n');
            case 'r' -> out.append('\r');
            default -> out.append('\\').append(c);
        }
    }
}
