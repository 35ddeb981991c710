package dev.lamina.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.GeneralCodingRules;

/** Which package may import which (docs/architecture.md), and what every class keeps to. */
@AnalyzeClasses(packages = "dev.lamina", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule importsPointUpward = classes()
            .should(onlyImportWhatThePackageTableAllows())
            .because("tensor < ops < graph < backend < runtime < layers < models < saving < cli");

    @ArchTest
    static final ArchRule noCyclesBetweenPackages =
            slices().matching("dev.lamina.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule publicClassesAreAbstractOrFinal = classes()
            .that()
            .arePublic()
            .and()
            .areNotInterfaces()
            .and()
            .areNotEnums()
            .should()
            .haveModifier(JavaModifier.ABSTRACT)
            .orShould()
            .haveModifier(JavaModifier.FINAL);

    /** Else {@code (deep ? new Conv2D(...) : new DepthwiseConv2D(...)).apply(x)} is refused by the compiler. */
    @ArchTest
    static final ArchRule parentsOfPublicClassesArePublic =
            classes().that().arePublic().should(extendAPublicClass());

    @ArchTest
    static final ArchRule noBareRuntimeException = GeneralCodingRules.NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS;

    @ArchTest
    static final ArchRule theLaunchersLibrariesStayInCli = noClasses()
            .that()
            .resideOutsideOfPackage("dev.lamina.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("ch.qos.logback..", "picocli..");

    private static ArchCondition<JavaClass> extendAPublicClass() {
        return new ArchCondition<>("extend a public class") {
            @Override
            public void check(JavaClass origin, ConditionEvents events) {
                origin.getRawSuperclass()
                        .filter(parent -> !parent.getModifiers().contains(JavaModifier.PUBLIC))
                        .ifPresent(parent -> events.add(SimpleConditionEvent.violated(
                                origin, origin.getName() + " extends " + parent.getName() + ", which is not public")));
            }
        };
    }

    private static ArchCondition<JavaClass> onlyImportWhatThePackageTableAllows() {
        return new ArchCondition<>("only import what PackageTable allows") {
            @Override
            public void check(JavaClass origin, ConditionEvents events) {
                String from = PackageTable.entryOf(origin.getPackageName());
                for (Dependency dependency : origin.getDirectDependenciesFromSelf()) {
                    String target =
                            dependency.getTargetClass().getBaseComponentType().getPackageName();
                    if (target.startsWith(PackageTable.ROOT)
                            && !PackageTable.mayImport(from, PackageTable.entryOf(target))) {
                        events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
                    }
                }
            }
        };
    }
}
