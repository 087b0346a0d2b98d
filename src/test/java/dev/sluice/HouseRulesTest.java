package dev.sluice;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.sluice.testkit.Once;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The rules of the house. A room is a package under {@code dev.sluice}; what lies deeper belongs to the same room,
 * unless the table names it.
 */
@Once
class HouseRulesTest {
    private static final String ROOT = "dev.sluice";

    /** Who may import whom. A package outside these rooms does not belong to the house. */
    private static final Map<String, Set<String>> MAY_IMPORT = Map.ofEntries(
            Map.entry("config", Set.of()),
            Map.entry("routing", Set.of("config")),
            Map.entry("upstream", Set.of("config")),
            Map.entry("upstream.balance", Set.of("upstream", "config")),
            Map.entry("upstream.health", Set.of("upstream", "config")),
            Map.entry("upstream.discovery", Set.of("upstream", "config")),
            Map.entry("tls", Set.of()),
            Map.entry("listener", Set.of("tls", "config")),
            Map.entry("drain", Set.of("config")),
            Map.entry(
                    "proxy",
                    Set.of(
                            "routing",
                            "upstream",
                            "upstream.balance",
                            "upstream.health",
                            "upstream.discovery",
                            "tls",
                            "config")),
            Map.entry("admin", Set.of("routing", "upstream", "config")),
            Map.entry(
                    "runtime",
                    Set.of(
                            "tls",
                            "config",
                            "routing",
                            "upstream",
                            "upstream.balance",
                            "upstream.health",
                            "upstream.discovery",
                            "listener",
                            "drain",
                            "proxy",
                            "admin")),
            Map.entry("drill", Set.of("runtime", "drain", "listener", "config")),
            Map.entry("importing", Set.of("config")),
            Map.entry("cli", Set.of("drill", "importing", "runtime", "config")));

    private static final JavaClasses HOUSE_AND_TESTS = new ClassFileImporter().importPackages(ROOT);

    private static final JavaClasses HOUSE = HOUSE_AND_TESTS.that(describe(
            "are no tests",
            type -> type.getSource().stream()
                    .allMatch(source ->
                            ImportOption.Predefined.DO_NOT_INCLUDE_TESTS.includes(Location.of(source.getUri())))));

    @Test
    void everyClassLivesInARoom() {
        check(classes().should(new ArchCondition<>("live in a room of the house") {
            @Override
            public void check(JavaClass item, ConditionEvents events) {
                boolean housed = !room(item).isEmpty();
                events.add(new SimpleConditionEvent(item, housed, item.getName() + " lives in none of the rooms"));
            }
        }));
    }

    @Test
    void roomsImportOnlyWhomTheyMay() {
        check(classes().should(new ArchCondition<>("import only whom their room may") {
            @Override
            public void check(JavaClass item, ConditionEvents events) {
                String from = room(item);
                item.getDirectDependenciesFromSelf().stream()
                        .filter(dependency -> ours(dependency.getTargetClass()))
                        .forEach(dependency -> {
                            String to = room(dependency.getTargetClass());
                            boolean allowed = to.equals(from)
                                    || MAY_IMPORT.getOrDefault(from, Set.of()).contains(to);
                            events.add(new SimpleConditionEvent(
                                    dependency,
                                    allowed,
                                    from + " may not import " + to + ": " + dependency.getDescription()));
                        });
            }
        }));
    }

    @Test
    void noPackageIsCalledUtilOrImplOrCommon() {
        check(noClasses().should().resideInAnyPackage("..util..", "..impl..", "..common.."));
    }

    @Test
    void configImportsNoneOfOurs() {
        check(noClasses()
                .that()
                .resideInAPackage(in("config"))
                .should()
                .dependOnClassesThat(describe("are ours and not config", c -> ours(c) && !room(c).equals("config"))));
    }

    @Test
    void routingAndUpstreamNeverMeet() {
        check(noClasses()
                .that()
                .resideInAPackage(in("routing"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(in("upstream")));
        check(noClasses()
                .that()
                .resideInAPackage(in("upstream"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(in("routing")));
    }

    @Test
    void nothingButRuntimeImportsAdmin() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages(in("admin"), in("runtime"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(in("admin")));
    }

    @Test
    void onlyProxyListenerDrainAdminRuntimeAndDrillKnowJettyOrServlets() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages(
                        in("proxy"), in("listener"), in("drain"), in("admin"), in("runtime"), in("drill"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.eclipse.jetty..", "jakarta.servlet.."));
    }

    @Test
    void nothingButTheCommandLineImportsDrill() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages(in("drill"), in("cli"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(in("drill")));
    }

    @Test
    void packagesFormNoCycles() {
        check(slices().matching(ROOT + ".(**)").should().beFreeOfCycles());
    }

    @Test
    void onlyTheCommandLineWritesToStandardStreams() {
        check(noClasses().that().resideOutsideOfPackage(in("cli")).should(ACCESS_STANDARD_STREAMS));
    }

    @Test
    void onlyTheCommandLineKnowsJavaUtilLogging() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage(in("cli"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.logging.."));
    }

    @Test
    void nothingSleepsTestsIncluded() {
        DescribedPredicate<JavaMethodCall> putsAThreadToSleep = describe(
                "puts a thread to sleep",
                call -> call.getName().equals("sleep")
                        && Stream.of(Thread.class, TimeUnit.class).anyMatch(call.getTargetOwner()::isEquivalentTo));
        noClasses()
                .should()
                .callMethodWhere(putsAThreadToSleep)
                .because("a wait names its condition")
                .check(HOUSE_AND_TESTS);
    }

    /** Rooms are built one after the other: a rule about one that stands empty still holds. */
    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(HOUSE);
    }

    private static String in(String room) {
        return ROOT + "." + room + "..";
    }

    private static boolean ours(JavaClass type) {
        return type.getPackageName().equals(ROOT) || type.getPackageName().startsWith(ROOT + ".");
    }

    /** The innermost room that the class is in, empty when there is none. */
    private static String room(JavaClass type) {
        String place =
                type.getPackageName().equals(ROOT) ? "" : type.getPackageName().substring(ROOT.length() + 1);
        while (!place.isEmpty() && !MAY_IMPORT.containsKey(place)) {
            place = place.contains(".") ? place.substring(0, place.lastIndexOf('.')) : "";
        }
        return place;
    }
}
