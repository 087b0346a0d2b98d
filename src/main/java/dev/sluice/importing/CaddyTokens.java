package dev.sluice.importing;

/** Words and ends of lines of a Caddyfile, as Caddy's lexer splits them. */
final class CaddyTokens {
    private final String text;
    private final String file;
    private int at;
    private int line = 1;

    private String word = "";
    private int wordLine = 1;
    private boolean quoted;
    private boolean newLine;

    CaddyTokens(String text, String file) {
        this.text = text;
        this.file = file;
    }

    String word() {
        return word;
    }

    int line() {
        return wordLine;
    }

    /** Whether the current word is the first of its line. */
    boolean isFirst() {
        return newLine;
    }

    /** Whether the current word is a brace that opens or closes a block. */
    boolean is(String brace) {
        return !quoted && word.equals(brace);
    }

    /** @return false at the end */
    boolean next() throws ImportException {
        newLine = at == 0;
        skip();
        wordLine = line;
        quoted = false;
        if (at >= text.length()) return false;
        char c = text.charAt(at);
        if (c == '"' || c == '`') quoted(c);
        else bare();
        return true;
    }

    private void skip() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '#') {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else if (c == '\\' && isLineEnd(at + 1)) {
                at = text.indexOf('\n', at) + 1;
                line++;
            } else if (c == '\n') {
                newLine = true;
                line++;
                at++;
            } else if (c == ' ' || c == '\t' || c == '\r') {
                at++;
            } else {
                return;
            }
        }
    }

    private boolean isLineEnd(int index) {
        return text.startsWith("\n", index) || text.startsWith("\r\n", index);
    }

    private void quoted(char quote) throws ImportException {
        StringBuilder out = new StringBuilder();
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == quote) {
                at++;
                word = out.toString();
                quoted = true;
                return;
            }
            if (c == '\n') line++;
            boolean escaped = quote == '"' && c == '\\' && text.startsWith("\"", at + 1);
            out.append(escaped ? text.charAt(++at) : c);
        }
        throw new ImportException(file, wordLine, "a quote that is left open", quote + " before the end of the file");
    }

    private void bare() {
        int start = at;
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) < 0) {
            if (text.charAt(at) == '\\' && isLineEnd(at + 1) && at > start) break;
            at++;
        }
        word = text.substring(start, at);
    }
}
