package dev.sluice.cli;

import dev.sluice.config.ActionConfig;
import dev.sluice.config.Cidr;
import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigReader;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.runtime.RoutePreview;
import dev.sluice.runtime.RoutePreview.Answer;
import dev.sluice.runtime.RoutePreview.Asked;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice route}: which route a request would get, and why. Sends nothing. */
@Command(
        name = "route",
        description = "Says which route of a configuration a request would get, and why. Nothing is sent or started.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        footer = {
            "",
            "Exit status: 0 a route gets it; 1 none does, or it is refused or sent elsewhere before; 2 the command line or the "
                    + "configuration is wrong.",
            "",
            "Examples:",
            "  sluice route GET https://example.com/api/x",
            "  sluice route POST /login -H 'Cookie: beta=1' --client 10.0.0.1"
        })
final class RouteCommand implements Callable<Integer> {
    /** Not java.net.URI: what that one refuses may be just what is asked about. */
    private static final Pattern URL =
            Pattern.compile("(?:([A-Za-z]+)://([^/?#]*))?((?:/[^?#]*)?|\\*)(?:\\?([^#]*))?", Pattern.DOTALL);

    private static final Pattern HEADER = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):\\s*(.*?)\\s*");

    /** Of the routes that it only nearly fits; a table of thousands may have as many of them. */
    private static final int MOST_MISSED = 10;

    @Parameters(index = "0", paramLabel = "METHOD", description = "Such as GET.")
    private String method = "";

    @Parameters(
            index = "1",
            paramLabel = "URL",
            description = "Such as https://example.com/api/x?q=1, or a path alone.")
    private String url = "";

    @Option(
            names = {"-H", "--header"},
            paramLabel = "'NAME: VALUE'",
            description = "A header field, cookies included; may be repeated. Host replaces the host of the URL.")
    private List<String> headers = new ArrayList<>();

    @Option(
            names = "--client",
            paramLabel = "ADDRESS",
            description = "Where the client is, behind trusted proxies (default: nobody knows).")
    private @Nullable String client;

    @Option(
            names = "--listener",
            paramLabel = "NAME",
            description = "By which it comes in (default: the only one that speaks the URL's scheme).")
    private @Nullable String listener;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "YAML file (default: ./sluice.yaml when it is there, else the built-in default).")
    private @Nullable Path config;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() {
        SluiceConfig read;
        try {
            Path file = RunArguments.fileToRead(config);
            read = file == null ? SluiceConfig.defaults() : ConfigReader.read(file, System.getenv());
        } catch (ConfigException e) {
            spec.commandLine().getErr().println(e.getMessage());
            return ExitStatus.USAGE;
        }
        Asked asked = asked(read);
        Answer answer = RoutePreview.of(read).ask(asked);
        print(asked, answer);
        RoutePreview.Served served = answer.served();
        return served == null || served.refused() ? ExitStatus.FAILED : ExitStatus.CLEAN;
    }

    private Asked asked(SluiceConfig read) {
        Matcher parts = URL.matcher(url);
        if (!parts.matches()) throw wrong("URL", url, "https://example.com/path or /path");
        Map<String, List<String>> fields = fields();
        List<String> host = fields.getOrDefault("host", List.of());
        String path = parts.group(3);
        return new Asked(
                method,
                host.isEmpty() ? parts.group(2) : host.get(0),
                path.isEmpty() ? "/" : path,
                parts.group(4),
                fields,
                address(),
                listener(read.listeners(), parts.group(1)));
    }

    private Map<String, List<String>> fields() {
        Map<String, List<String>> fields = new LinkedHashMap<>();
        for (String header : headers) {
            Matcher parts = HEADER.matcher(header);
            if (!parts.matches()) throw wrong("--header", header, "'Name: value'");
            fields.computeIfAbsent(parts.group(1).toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                    .add(parts.group(2));
        }
        return fields;
    }

    private @Nullable InetAddress address() {
        if (client == null) return null;
        InetAddress address = Cidr.address(client);
        if (address == null) throw wrong("--client", client, "an address such as 10.0.0.1 or ::1");
        return address;
    }

    private @Nullable String listener(List<ListenerConfig> listeners, @Nullable String scheme) {
        if (listener == null) {
            List<ListenerConfig> likely = listeners.stream()
                    .filter(l -> (l.tls() != null) == "https".equalsIgnoreCase(scheme) || scheme == null)
                    .toList();
            return likely.size() == 1 ? likely.get(0).name() : null;
        }
        List<String> names = listeners.stream().map(ListenerConfig::name).toList();
        if (!names.contains(listener)) throw wrong("--listener", listener, String.join(" or ", names));
        return listener;
    }

    private ParameterException wrong(String what, String value, String expected) {
        return new ParameterException(spec.commandLine(), what + ": \"" + value + "\" (expected: " + expected + ")");
    }

    private void print(Asked asked, Answer answer) {
        PrintWriter out = spec.commandLine().getOut();
        RouteConfig route = answer.route();
        RoutePreview.Served served = answer.served();
        if (answer.before() != null) out.println("no route is asked: " + answer.before());
        else if (route != null && served != null)
            out.println("route " + route.name() + ", " + what(route.action(), served));
        else if (answer.refused() != null) out.println("refused with 400: " + answer.refused());
        else out.println("no route: 404");
        if (answer.path() != null && !answer.path().equals(asked.path()))
            out.println("the path is read as " + answer.path());
        String query = asked.query() == null ? "" : "?" + asked.query();
        if (served != null && served.target() != null && !served.target().equals(asked.path() + query))
            out.println("a backend is asked for " + served.target());
        int width = widest(answer);
        String before = null;
        for (RoutePreview.Fitting fitting : answer.fitting()) {
            String name = fitting.route().name();
            if (before == null) out.println(route == null ? "in that reading it would fit" : "it fits, in this order");
            String after = before == null ? "" : "; after " + before + ", which " + fitting.after();
            out.println("  " + padded(name, width) + fitting.route().conditions() + after);
            before = name;
        }
        if (!answer.missed().isEmpty()) out.println("it would fit, but for what is said here");
        answer.missed().stream()
                .limit(MOST_MISSED)
                .forEach(m -> out.println("  " + padded(m.route().name(), width) + String.join("; ", m.flaws())));
        int more = answer.missed().size() - MOST_MISSED;
        if (more > 0) out.println("  and " + more + " more");
        out.flush();
    }

    private static String what(ActionConfig action, RoutePreview.Served served) {
        if (served.answer() != null) return "answer " + served.answer();
        if (served.pool() != null) return "pool " + served.pool().name() + " because of its headers or cookies";
        if (action instanceof ActionConfig.Redirect redirect)
            return "redirect " + redirect.status() + " to " + redirect.to();
        if (action instanceof ActionConfig.Respond respond) return "answer " + respond.status();
        List<String> names = action.pools().stream().map(PoolConfig::name).toList();
        return (names.size() == 1 ? "pool " : "one of the pools ") + String.join(", ", names);
    }

    private static int widest(Answer answer) {
        int fitting = answer.fitting().stream()
                .mapToInt(f -> f.route().name().length())
                .max()
                .orElse(0);
        int missed = answer.missed().stream()
                .limit(MOST_MISSED)
                .mapToInt(m -> m.route().name().length())
                .max()
                .orElse(0);
        return Math.min(40, Math.max(fitting, missed)) + 2;
    }

    private static String padded(String name, int width) {
        return name + " ".repeat(Math.max(2, width - name.length()));
    }
}
