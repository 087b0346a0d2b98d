package dev.sluice.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The tables of the page about the file, from the declared keys. They stand between {@code <!-- keys: SECTION KEY... -->}
 * and {@code <!-- /keys -->}; without a key it is all of the section.
 */
final class KeyTables {
    private static final Pattern PLACE = Pattern.compile("(?s)(<!-- keys: (\\w+)([\\w ]*) -->\n).*?(<!-- /keys -->)");

    private record Column(String title, Function<Key, String> cell) {}

    private KeyTables() {}

    /** The page with the tables as they should be. */
    static String renewed(String page) {
        return PLACE.matcher(page)
                .replaceAll(place ->
                        Matcher.quoteReplacement(place.group(1) + table(section(place), keys(place)) + place.group(4)));
    }

    /** What the page has, each as {@code section.key}. */
    static List<String> shown(String page) {
        return PLACE.matcher(page)
                .results()
                .flatMap(place -> keys(place).stream().map(key -> section(place).name() + "." + key.name()))
                .toList();
    }

    /** All sections that the file can have, by their names. */
    static Map<String, Keys> sections() {
        Map<String, Keys> found = new LinkedHashMap<>();
        collect(new Takes.Nested(FileKeys.FILE), found);
        return found;
    }

    private static void collect(Takes takes, Map<String, Keys> found) {
        if (takes instanceof Takes.Nested nested && found.put(nested.keys().name(), nested.keys()) == null)
            nested.keys().all().forEach(key -> collect(key.takes(), found));
        if (takes instanceof Takes.ListOf list) collect(list.item(), found);
        if (takes instanceof Takes.Named named) collect(named.value(), found);
        if (takes instanceof Takes.Either either) either.choices().forEach(choice -> collect(choice, found));
    }

    private static Keys section(MatchResult place) {
        Keys section = sections().get(place.group(2));
        if (section == null) throw new IllegalStateException("no section is called " + place.group(2));
        return section;
    }

    private static List<Key> keys(MatchResult place) {
        String named = place.group(3).strip();
        Keys section = section(place);
        return named.isEmpty()
                ? section.all()
                : Stream.of(named.split(" +")).map(section::get).toList();
    }

    private static String table(Keys section, List<Key> keys) {
        List<Column> columns = Stream.of(
                        new Column("key", key -> "`" + section.path() + key.name() + "`"),
                        new Column("effect", Key::effect),
                        new Column("takes", key -> key.takes().inWords()),
                        new Column("default", Key::byDefault),
                        new Column("danger", key -> key.danger() == null ? "" : key.danger()))
                .filter(column ->
                        keys.stream().anyMatch(key -> !column.cell().apply(key).isEmpty()))
                .toList();
        String rows = keys.stream()
                .map(key -> row(columns, column -> column.cell().apply(key)))
                .collect(Collectors.joining());
        return row(columns, Column::title) + row(columns, column -> "---") + rows;
    }

    private static String row(List<Column> columns, Function<Column, String> cell) {
        return columns.stream()
                .map(column -> cell.apply(column).replace("|", "\\|"))
                .map(text -> text.isEmpty() ? "|" : "| " + text + " ")
                .collect(Collectors.joining("", "", "|\n"));
    }
}
