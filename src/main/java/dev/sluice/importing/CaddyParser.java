package dev.sluice.importing;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** From text to directives, with {@code import} in the place of what it stands for. For one import, one thread. */
final class CaddyParser {
    private static final int DEEPEST_BLOCK = 32;

    /** Directives, those counted that snippets bring along: a snippet of snippets could be without end. */
    private static final int MOST = 50_000;

    private static final Pattern ARGUMENT = Pattern.compile("\\{args(?:\\.(\\d{1,4})|\\[(\\d{1,4})])}");

    private final SourceFiles files;
    private final Leftovers left;
    private final Path main;
    private final Map<String, Directive> snippets = new HashMap<>();
    private int directives;

    CaddyParser(SourceFiles files, Leftovers left, Path main) {
        this.files = files;
        this.left = left;
        this.main = main;
    }

    /**
     * @param text what is in the main file
     * @return the block of global options with an empty name, if there is one, and sites: their first address is the name
     */
    List<Directive> parse(String text) throws ImportException {
        List<Directive> top = parse(text, main);
        boolean bare = top.stream()
                .filter(one -> !one.name().isEmpty()
                        && !one.name().startsWith("(")
                        && !one.name().equals("import"))
                .limit(1)
                .anyMatch(one -> one.block() == null);
        for (Directive one : top) if (one.name().startsWith("(")) snippets.put(one.name(), one);
        List<Directive> rest =
                top.stream().filter(one -> !one.name().startsWith("(")).toList();
        return bare ? oneSite(rest) : expanded(rest, main, 0);
    }

    /** One site alone needs no braces: the first line has its addresses. */
    private List<Directive> oneSite(List<Directive> top) throws ImportException {
        List<Directive> all = new ArrayList<>();
        List<Directive> body = new ArrayList<>();
        Directive addresses = null;
        for (Directive one : top) {
            if (one.name().isEmpty()) all.add(one);
            else if (addresses == null) addresses = one;
            else body.add(one);
        }
        if (addresses != null) all.add(addresses.with(addresses.args(), expanded(body, main, 0)));
        return all;
    }

    private List<Directive> parse(String text, Path file) throws ImportException {
        CaddyTokens tokens = new CaddyTokens(text, file.toString());
        boolean more = tokens.next();
        return block(tokens, file.toString(), more, 0);
    }

    /** From the current word, which is the first of a line, to the brace that closes the block, or to the end. */
    private List<Directive> block(CaddyTokens tokens, String file, boolean any, int depth) throws ImportException {
        if (depth > DEEPEST_BLOCK)
            throw new ImportException(file, tokens.line(), "{", "blocks nested at most " + DEEPEST_BLOCK + " deep");
        List<Directive> found = new ArrayList<>();
        boolean more = any;
        while (more && !tokens.is("}")) {
            boolean global = tokens.is("{");
            String name = global ? "" : tokens.word();
            int line = tokens.line();
            List<String> args = new ArrayList<>();
            if (!global) more = tokens.next();
            // A comma at the end of a line goes on with the next one: that is how addresses are listed.
            while (!global && more && !tokens.is("{") && (!tokens.isFirst() || endsWithComma(name, args))) {
                if (tokens.is("}")) break;
                args.add(tokens.word());
                more = tokens.next();
            }
            List<Directive> children = null;
            if (more && tokens.is("{") && (global || !tokens.isFirst())) {
                more = tokens.next();
                children = block(tokens, file, more, depth + 1);
                if (!tokens.is("}"))
                    throw new ImportException(file, line, name + " {", "a } before the end of the file");
                more = tokens.next();
            }
            count(file, line);
            found.add(new Directive(name, args, children, file, line));
        }
        if (more && depth == 0)
            throw new ImportException(file, tokens.line(), "}", "a directive, or the end of the file");
        if (!more && depth > 0) throw new ImportException(file, tokens.line(), "the end of the file", "a }");
        return found;
    }

    private static boolean endsWithComma(String name, List<String> args) {
        return (args.isEmpty() ? name : args.get(args.size() - 1)).endsWith(",");
    }

    private void count(String file, int line) throws ImportException {
        if (++directives > MOST)
            throw new ImportException(file, line, "one directive too many", "at most " + MOST + ", imports included");
    }

    private List<Directive> expanded(List<Directive> from, Path file, int depth) throws ImportException {
        List<Directive> all = new ArrayList<>();
        for (Directive one : from) {
            if (one.name().equals("import") && !one.args().isEmpty()) {
                all.addAll(imported(one, file, depth));
                continue;
            }
            count(one.file(), one.line());
            all.add(one.block() == null ? one : one.with(one.args(), expanded(one.children(), file, depth)));
        }
        return all;
    }

    private List<Directive> imported(Directive one, Path file, int depth) throws ImportException {
        if (depth >= SourceFiles.DEEPEST)
            throw new ImportException(
                    one.file(),
                    one.line(),
                    one.toString(),
                    "imports within imports at most " + SourceFiles.DEEPEST + " deep");
        Directive snippet = snippets.get("(" + one.arg(0) + ")");
        List<String> args = one.args().subList(1, one.args().size());
        if (snippet != null) return expanded(with(snippet.children(), args), file, depth + 1);
        List<Path> found;
        try {
            found = SourceFiles.matching(file.resolveSibling(""), one.arg(0));
        } catch (InvalidPathException e) {
            found = List.of();
        }
        if (found.isEmpty() && !SourceFiles.hasWildcard(one.arg(0)))
            left.add(one, "there is neither a snippet nor a file of that name");
        List<Directive> all = new ArrayList<>();
        for (Path other : found) {
            List<Directive> parsed = with(parse(files.text(other), other), args);
            for (Directive part : parsed) if (part.name().startsWith("(")) snippets.put(part.name(), part);
            all.addAll(expanded(
                    parsed.stream().filter(part -> !part.name().startsWith("(")).toList(), other, depth + 1));
        }
        return all;
    }

    private List<Directive> with(List<Directive> body, List<String> args) throws ImportException {
        List<Directive> all = new ArrayList<>();
        for (Directive one : body) {
            count(one.file(), one.line());
            List<String> own = one.args().stream().map(arg -> with(arg, args)).toList();
            all.add(one.with(own, one.block() == null ? null : with(one.children(), args)));
        }
        return all;
    }

    private static String with(String text, List<String> args) {
        return ARGUMENT.matcher(text).replaceAll(found -> {
            int index = Integer.parseInt(found.group(1) == null ? found.group(2) : found.group(1));
            return Matcher.quoteReplacement(index < args.size() ? args.get(index) : "");
        });
    }
}
