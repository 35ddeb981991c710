package dev.lamina.architecture;

import com.sun.source.tree.BindingPatternTree;
import com.sun.source.tree.CaseLabelTree;
import com.sun.source.tree.CaseTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ConstantCaseLabelTree;
import com.sun.source.tree.DefaultCaseLabelTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.PatternCaseLabelTree;
import com.sun.source.tree.SwitchExpressionTree;
import com.sun.source.tree.SwitchTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Finds switches over ops that a new op would slip through: those with a {@code default}, or with a case that matches
 * every op. Sources are only parsed. A switch counts as one over ops if a case is a type pattern, or if all its
 * constants belong to one of the enums that are ops.
 */
final class OpSwitches {
    private static final Set<String> CATCH_ALL = Set.of("Op", "Object", "var");

    private OpSwitches() {}

    /** One line for each fault: {@code File.java:12: ...}. */
    static List<String> faults(Collection<Path> sources, Collection<Path> opSources) throws IOException {
        Set<Set<String>> opEnums = new HashSet<>();
        parse(opSources, (unit, trees) -> new EnumConstants(opEnums).scan(unit, null));
        List<String> faults = new ArrayList<>();
        parse(sources, (unit, trees) -> new SwitchScanner(unit, trees, opEnums, faults).scan(unit, null));
        return faults;
    }

    /** The Java files in a folder and below. */
    static List<Path> javaFiles(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList();
        }
    }

    private interface Visitor {
        void visit(CompilationUnitTree unit, Trees trees);
    }

    private static void parse(Collection<Path> sources, Visitor visitor) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            Iterable<? extends JavaFileObject> files = manager.getJavaFileObjectsFromPaths(sources);
            JavacTask task = (JavacTask) compiler.getTask(null, manager, null, List.of("-proc:none"), null, files);
            Trees trees = Trees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                visitor.visit(unit, trees);
            }
        }
    }

    /** Collects, for each enum that implements something, the names of its constants. */
    private static final class EnumConstants extends TreePathScanner<Void, Void> {
        private final Set<Set<String>> enums;

        EnumConstants(Set<Set<String>> enums) {
            this.enums = enums;
        }

        @Override
        public Void visitClass(ClassTree type, Void unused) {
            if (type.getKind() == Tree.Kind.ENUM && !type.getImplementsClause().isEmpty()) {
                enums.add(type.getMembers().stream()
                        .filter(member -> member instanceof VariableTree constant
                                && constant.getModifiers().getFlags().contains(Modifier.FINAL)
                                && constant.getType() instanceof IdentifierTree declared
                                && declared.getName().equals(type.getSimpleName()))
                        .map(member -> ((VariableTree) member).getName().toString())
                        .collect(Collectors.toSet()));
            }
            return super.visitClass(type, null);
        }
    }

    private static final class SwitchScanner extends TreePathScanner<Void, Void> {
        private final CompilationUnitTree unit;
        private final Trees trees;
        private final Set<Set<String>> opEnums;
        private final List<String> faults;

        SwitchScanner(CompilationUnitTree unit, Trees trees, Set<Set<String>> opEnums, List<String> faults) {
            this.unit = unit;
            this.trees = trees;
            this.opEnums = opEnums;
            this.faults = faults;
        }

        @Override
        public Void visitSwitch(SwitchTree tree, Void unused) {
            judge(tree, tree.getCases());
            return super.visitSwitch(tree, null);
        }

        @Override
        public Void visitSwitchExpression(SwitchExpressionTree tree, Void unused) {
            judge(tree, tree.getCases());
            return super.visitSwitchExpression(tree, null);
        }

        private void judge(Tree tree, List<? extends CaseTree> cases) {
            List<? extends CaseLabelTree> labels =
                    cases.stream().flatMap(one -> one.getLabels().stream()).toList();
            if (labels.stream().anyMatch(OpSwitches::matchesEverything)) {
                report(tree, "a case of a switch over ops matches every op");
            }
            if (labels.stream().anyMatch(DefaultCaseLabelTree.class::isInstance) && isOverOps(labels)) {
                report(tree, "a switch over ops has a default");
            }
        }

        private boolean isOverOps(List<? extends CaseLabelTree> labels) {
            if (labels.stream().anyMatch(PatternCaseLabelTree.class::isInstance)) {
                return true;
            }
            Set<String> constants = labels.stream()
                    .filter(ConstantCaseLabelTree.class::isInstance)
                    .map(label -> simpleName(((ConstantCaseLabelTree) label).getConstantExpression()))
                    .filter(name -> !name.equals("null"))
                    .collect(Collectors.toSet());
            return !constants.isEmpty()
                    && opEnums.stream().anyMatch(constantsOfOne -> constantsOfOne.containsAll(constants));
        }

        private void report(Tree tree, String fault) {
            long line =
                    unit.getLineMap().getLineNumber(trees.getSourcePositions().getStartPosition(unit, tree));
            Path file = Path.of(unit.getSourceFile().getName()).getFileName();
            faults.add(file + ":" + line + ": " + fault
                    + ". Name each op, so that a new one does not compile until it is here.");
        }
    }

    private static boolean matchesEverything(CaseLabelTree label) {
        return label instanceof PatternCaseLabelTree pattern
                && pattern.getPattern() instanceof BindingPatternTree binding
                && CATCH_ALL.contains(
                        binding.getVariable().getType() == null
                                ? "var"
                                : simpleName(binding.getVariable().getType()));
    }

    private static String simpleName(Tree tree) {
        return switch (tree) {
            case IdentifierTree identifier -> identifier.getName().toString();
            case MemberSelectTree select -> select.getIdentifier().toString();
            default -> tree.toString();
        };
    }
}
