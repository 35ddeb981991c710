package dev.lamina.cli.bench;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One piece of work, by name.
 *
 * @param reference the case that is measured before it, whose rate its own is compared with
 * @param setup makes the work ready on the current backend
 */
record BenchCase(String name, Optional<String> reference, Function<BenchSizes, Work> setup) {
    /** The cases of bench/peers, then those that say something about a GPU alone. */
    private static final List<BenchCase> PEERS =
            StepCase.PEERS.stream().map(BenchCase::of).toList();

    private static final List<BenchCase> GPU = List.of(
            alone("gemm-bf16", sizes -> OpWork.gemm(sizes, false)),
            beside("gemm-bias-relu-bf16", "gemm-bf16", sizes -> OpWork.gemm(sizes, true)),
            alone("copy", OpWork::copy),
            beside("relu", "copy", OpWork::relu),
            beside("softmax", "copy", OpWork::softmax),
            beside("layer-norm", "copy", OpWork::layerNorm),
            beside("adam-100m", "copy", OpWork::adam),
            alone("eager-ops", EagerWork::new),
            alone("fit-tiny", sizes -> FitWork.tiny(sizes, true)),
            alone("fit-tiny-graph", sizes -> FitWork.tiny(sizes, false)),
            alone("fit-mlp-b128", FitWork::classifier),
            of(StepCase.MLP_4096),
            of(StepCase.CNN_B256),
            alone("fit-u8", sizes -> FitWork.bytes(sizes, true)),
            beside("fit-u8-stream", "fit-u8", sizes -> FitWork.bytes(sizes, false)));

    private static BenchCase alone(String name, Function<BenchSizes, Work> setup) {
        return new BenchCase(name, Optional.empty(), setup);
    }

    private static BenchCase beside(String name, String reference, Function<BenchSizes, Work> setup) {
        return new BenchCase(name, Optional.of(reference), setup);
    }

    private static BenchCase of(StepCase one) {
        return alone(one.name(), sizes -> new StepWork(one, sizes));
    }

    /** Whether a line says no more than what all libraries of bench/peers say. */
    boolean isOfPeers() {
        return PEERS.contains(this);
    }

    /** Those of bench/peers, without a name. */
    static List<BenchCase> common() {
        return PEERS;
    }

    /** The case of that name, or {@code gpu} or {@code all} for several; an unknown one lists the known ones. */
    static List<BenchCase> named(String name) {
        List<BenchCase> all = all().toList();
        List<BenchCase> found = switch (name) {
            case "all" -> all;
            case "gpu" -> GPU;
            default -> all.stream().filter(one -> one.name.equals(name)).toList();
        };
        if (found.isEmpty()) {
            throw new IllegalArgumentException(
                    "[bench] expected one of " + names() + ", gpu or all; received \"" + name + "\".");
        }
        return found;
    }

    private static Stream<BenchCase> all() {
        return Stream.concat(PEERS.stream(), GPU.stream());
    }

    /** All names, by commas. */
    static String names() {
        return all().map(BenchCase::name).collect(Collectors.joining(", "));
    }
}
