package dev.sluice.importing;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** From text to directives, with {@code include} in the place of what it stands for. For one import, one thread. */
final class NginxParser {
    private static final int DEEPEST_BLOCK = 32;

    /** Files that come with nginx and say nothing of where requests go. */
    private static final Set<String> USUAL =
            Set.of("mime.types", "fastcgi_params", "fastcgi.conf", "uwsgi_params", "scgi_params", "koi-win");

    private final SourceFiles files;
    private final Leftovers left;
    private final Path main;

    NginxParser(SourceFiles files, Leftovers left, Path main) {
        this.files = files;
        this.left = left;
        this.main = main;
    }

    /** @param text what is in the main file */
    List<Directive> parse(String text) throws ImportException {
        return parse(text, main.toString(), 0);
    }

    private List<Directive> parse(String text, String name, int includes) throws ImportException {
        NginxTokens tokens = new NginxTokens(text, name);
        List<Directive> directives = block(tokens, name, includes, 0);
        if (tokens.type() == NginxTokens.Type.CLOSE)
            throw new ImportException(name, tokens.line(), "}", "a directive, or the end of the file");
        return directives;
    }

    /** Up to the brace that closes it, which is the current token then, or the end. */
    private List<Directive> block(NginxTokens tokens, String name, int includes, int depth) throws ImportException {
        if (depth > DEEPEST_BLOCK)
            throw new ImportException(name, tokens.line(), "{", "blocks nested at most " + DEEPEST_BLOCK + " deep");
        List<Directive> directives = new ArrayList<>();
        while (tokens.next() == NginxTokens.Type.WORD) {
            String directive = tokens.text();
            int line = tokens.line();
            List<String> args = new ArrayList<>();
            while (tokens.next() == NginxTokens.Type.WORD) args.add(tokens.text());
            switch (tokens.type()) {
                case END -> {
                    Directive one = new Directive(directive, args, null, name, line);
                    if (directive.equals("include")) directives.addAll(included(one, includes));
                    else directives.add(one);
                }
                case OPEN -> {
                    List<Directive> children = block(tokens, name, includes, depth + 1);
                    if (tokens.type() != NginxTokens.Type.CLOSE)
                        throw new ImportException(name, line, directive + " {", "a } before the end of the file");
                    directives.add(new Directive(directive, args, children, name, line));
                }
                default -> throw new ImportException(name, line, directive, "; or { behind it");
            }
        }
        if (tokens.type() == NginxTokens.Type.OPEN || tokens.type() == NginxTokens.Type.END)
            throw new ImportException(name, tokens.line(), tokens.text(), "the name of a directive");
        return directives;
    }

    private List<Directive> included(Directive include, int depth) throws ImportException {
        String pattern = include.arg(0);
        if (USUAL.contains(pattern.substring(pattern.lastIndexOf('/') + 1))) return List.of();
        if (depth >= SourceFiles.DEEPEST)
            throw new ImportException(
                    include.file(),
                    include.line(),
                    include.toString(),
                    "files that include each other at most " + SourceFiles.DEEPEST + " deep");
        List<Directive> all = new ArrayList<>();
        List<Path> found = found(pattern);
        if (found.isEmpty() && !SourceFiles.hasWildcard(pattern))
            left.add(include, "there is no such file here; import again where it is");
        for (Path file : found) all.addAll(parse(files.text(file), file.toString(), depth + 1));
        return all;
    }

    /** As nginx has it, relative to the main file; that of one site lies in a directory beside the snippets. */
    private List<Path> found(String pattern) {
        try {
            Path beside = main.resolveSibling("");
            List<Path> found = SourceFiles.matching(beside, pattern);
            return found.isEmpty() ? SourceFiles.matching(beside.resolve("..").normalize(), pattern) : found;
        } catch (InvalidPathException e) {
            return List.of(); // As one that is not there, which is said of it.
        }
    }
}
