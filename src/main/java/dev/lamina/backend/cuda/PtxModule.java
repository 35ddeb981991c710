package dev.lamina.backend.cuda;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A PTX text as its head (comments, version, target) and the declarations of its file scope: kernels, functions,
 * arrays. A module of one kernel is cut out of it, which a driver compiles in a small part of the time of the whole.
 *
 * <p>Kernels that are cut apart share no variable; Lamina's have constants alone there.
 */
final class PtxModule {
    /** A declaration or definition of the file scope: where it begins, and where it ends, exclusive. */
    private record Declaration(String name, boolean kernel, int begin, int end) {}

    private static final Pattern HEAD =
            Pattern.compile("(?:\\s|//[^\n]*|\\.(?:version|target|address_size)\\b[^\n]*)*+");
    private static final Pattern KERNEL = Pattern.compile("\\.entry\\s+([\\w$%]+)");
    private static final Pattern FUNCTION = Pattern.compile("\\.func\\s*(?:\\([^)]*\\)\\s*)?([\\w$%]+)");
    private static final Pattern VARIABLE = Pattern.compile("([\\w$%]+)\\s*(?:\\[\\s*\\d*\\s*]\\s*)*[=;]");

    private final Supplier<String> source;
    private final int head;
    private final List<Declaration> declarations = new ArrayList<>();
    private final List<PtxEntry> kernels = new ArrayList<>();

    private PtxModule(Supplier<String> source) {
        this.source = source;
        String text = source.get();
        Matcher start = HEAD.matcher(text);
        head = start.lookingAt() ? start.end() : 0;
        for (int at = head; at < text.length(); ) {
            int end = endOfDeclaration(text, at);
            add(text, at, end);
            at = end;
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
        }
    }

    /** @param source gives the text each time that it is needed: what is kept is where things lie in it */
    static PtxModule of(Supplier<String> source) {
        return new PtxModule(source);
    }

    /** The module of a family's file. */
    static PtxModule ofFamily(String family) {
        return of(() -> new String(PtxFiles.text(family), StandardCharsets.ISO_8859_1));
    }

    /** The kernels, in the text's order. */
    List<PtxEntry> kernels() {
        return List.copyOf(kernels);
    }

    /** A text of one kernel: the head, the kernel, and what it names, directly or not, in the order of the whole. */
    byte[] only(String kernel) {
        Declaration entry = declarations.stream()
                .filter(each -> each.kernel && each.name.equals(kernel))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("[cuda] expected a kernel named " + kernel
                        + " in the PTX; received "
                        + kernels.stream().map(PtxEntry::name).toList() + ". This is a bug in Lamina."));
        String text = source.get();
        Set<Declaration> wanted = reachedFrom(entry, text);
        StringBuilder module = new StringBuilder(text.substring(0, head));
        for (Declaration each : declarations) {
            if (wanted.contains(each)) {
                module.append(text, each.begin, each.end).append('\n');
            }
        }
        return module.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private Set<Declaration> reachedFrom(Declaration entry, String text) {
        List<Declaration> shared =
                declarations.stream().filter(each -> !each.kernel).toList();
        Set<Declaration> reached = new HashSet<>(Set.of(entry));
        Deque<Declaration> open = new ArrayDeque<>(reached);
        while (!open.isEmpty()) {
            Declaration user = open.pop();
            for (Declaration each : shared) {
                if (!reached.contains(each) && names(text, user, each.name)) {
                    reached.add(each);
                    open.push(each);
                }
            }
        }
        return reached;
    }

    /** Whether a declaration's text holds the name as a word of its own. */
    private static boolean names(String text, Declaration user, String name) {
        for (int at = text.indexOf(name, user.begin, user.end); at >= 0; at = text.indexOf(name, at + 1, user.end)) {
            if (!isOfName(text, at - 1) && !isOfName(text, at + name.length())) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOfName(String text, int at) {
        return at >= 0
                && at < text.length()
                && (Character.isLetterOrDigit(text.charAt(at)) || "_$%".indexOf(text.charAt(at)) >= 0);
    }

    /**
     * A declaration ends with a semicolon outside of braces, and a function's definition with the brace of its body.
     */
    private static int endOfDeclaration(String text, int begin) {
        int at = begin;
        while (true) {
            int semicolon = find(text, ';', at, text.length());
            int brace = find(text, '{', at, semicolon);
            if (brace == semicolon) {
                return Math.min(semicolon + 1, text.length());
            }
            at = endOfBraces(text, brace);
            // After an equals sign come a variable's values.
            if (!text.substring(begin, brace).stripTrailing().endsWith("=")) {
                return at;
            }
        }
    }

    private static int endOfBraces(String text, int first) {
        int at = first + 1;
        for (int depth = 1; depth > 0 && at < text.length(); ) {
            int close = find(text, '}', at, text.length());
            int open = find(text, '{', at, close);
            depth += open < close ? 1 : -1;
            at = open + 1;
        }
        return Math.min(at, text.length());
    }

    /** Where a character is next, other than in a comment; the end if nowhere. Jumps, as bodies are long. */
    private static int find(String text, char wanted, int begin, int end) {
        int at = text.indexOf(wanted, begin, end);
        while (at >= 0 && text.indexOf("//", text.lastIndexOf('\n', at) + 1, at) >= 0) {
            at = text.indexOf(wanted, at + 1, end);
        }
        return at < 0 ? end : at;
    }

    private void add(String text, int begin, int end) {
        String first = text.substring(begin, find(text, '{', begin, end));
        for (Pattern pattern : List.of(KERNEL, FUNCTION, VARIABLE)) {
            Matcher found = pattern.matcher(first);
            if (found.find()) {
                declarations.add(new Declaration(found.group(1), pattern == KERNEL, begin, end));
                kernels.addAll(PtxEntry.scan(first));
                return;
            }
        }
        throw new IllegalStateException("[cuda] expected a kernel, a function or a variable in the PTX; received "
                + first.lines().findFirst().orElse("") + ". This is a bug in Lamina.");
    }
}
