#!/usr/bin/env bash
# Tries Lamina on this machine; needs bash, python3 and, for a GPU, NVIDIA's driver and cuBLAS 12 or 13. Nothing else.
#
#   run.sh doctor|test|train|bench|memcheck|all [--out DIR] [--simulated|--cpu] [--tests REGEX] [--data DIR]
#
#   --out DIR       where the JSON files go, one for each step (default: results)
#   --simulated     the simulated device of this bundle instead of a GPU
#   --cpu           the CPU alone
#   --tests REGEX   only the test classes whose full name matches
#   --data DIR      a folder that holds fashion-mnist with all its files; the bundle has a part of them
#
# With a GPU, a test that is skipped, for want of the GPU or of recorded numbers, fails, and the tests run in three JVMs.
# Every step of "all" is tried. The exit code is 0 if everything passed. LAMINA_BUNDLE_LIMIT is the most seconds that a
# program of a step may take (default 420).
set -uo pipefail

home=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
# Java takes no path with letters beyond ASCII under LANG=C, nor under a locale that is not installed.
[ "$(locale charmap 2> /dev/null)" = UTF-8 ] || export LC_ALL=C.UTF-8
usage() { sed -n '2,16s/^# \{0,1\}//p' "$0" >&2; exit 2; }
fail() { echo "run.sh: $1" >&2; exit 2; }
step=${1:-}
case $step in
doctor | test | train | bench | memcheck | all) shift ;;
*) usage ;;
esac
results=results
device=real
tests=
data=$home/data
while [ $# -gt 0 ]; do
    case $1 in
    --simulated) device=simulated ;;
    --cpu) device=cpu ;;
    --out | --tests | --data)
        [ $# -ge 2 ] || usage
        case $1 in
        --out) results=$2 ;;
        --tests) tests=$2 ;;
        --data)
            [ -d "$2/fashion-mnist" ] || fail "expected a folder that holds fashion-mnist after --data; received: $2"
            data=$(cd "$2" && pwd) || exit 2
            ;;
        esac
        shift
        ;;
    *) usage ;;
    esac
    shift
done
command -v python3 > /dev/null || fail "python3 was not found; it writes the results"
mkdir -p "$results" || exit 2
results=$(cd "$results" && pwd)
work=$(mktemp -d) || fail "expected a folder for temporary files that can be written to; received: ${TMPDIR:-/tmp}"
trap 'rm -rf "$work"' EXIT
limit=${LAMINA_BUNDLE_LIMIT:-420}

pages=()
if read -r has 2> /dev/null < /sys/kernel/mm/transparent_hugepage/enabled && [[ $has != *'[never]'* ]]; then
    pages=(-XX:+UseTransparentHugePages) # as the launchers have them
fi
options=(${pages[@]+"${pages[@]}"} -Xmx4g --enable-native-access=ALL-UNNAMED "-Dlogback.configurationFile=$home/logback.xml"
    "-Dlamina.fixtures=$home/fixtures")
export LAMINA_DATASETS=$data LAMINA_OFFLINE=1
backend=cuda
case $device in
real) options+=(-Dlamina.require.cuda=real) ;;
simulated)
    options+=("-Dlamina.simulated=$home/simulated" -Dlamina.simulated.required=true
        "-Ddev.lamina.cuda.driver=$home/simulated/libcuda.so.1"
        "-Ddev.lamina.cuda.cublas=$home/simulated/libcublas.so.12"
        -Dlamina.train.only=digits_mlp -Dlamina.soak.divisor=10)
    ;;
cpu) backend=cpu ;;
esac
options+=("-Ddev.lamina.backend=$backend")

# Java starts in half the time with its classes laid out for this machine; not needed, so a failure is no failure.
[ -e "$home/java/lib/server/classes.jsa" ] || "$home/java/bin/java" -Xshare:dump > /dev/null 2>&1

libraries="$home/lib/*:$home/natives/jcuda:$home/natives/dnnl-x86_64"
java() { timeout -k 10 "$limit" "$home/java/bin/java" "${options[@]}" "$@"; }
lamina() { java -cp "$libraries" dev.lamina.cli.Main "$@"; }
report() { python3 "$home/report.py" "$@"; }

doctor() {
    lamina doctor --json > "$results/doctor.json"
    local code=$?
    report doctor "$results/doctor.json" "$device" "$code"
}

# What is written for CUDA, and what Maven runs on a device too.
on_device='.*(Cuda.*|Hardware|\.Guide|\.Vae|\.KerasGolden|\.KerasTrain|\.Soak|\.TracedEqualsEager|\.StepCounters|\.MixedPrecision|\.ByteInput|\.ResidentRows|\.MemoryPlan)Test'
# A GPU's context is lost with the first access outside memory, for all tests of its JVM that follow: the tests of single
# ops and those of the libraries have JVMs of their own.
ops='.*\.OpConformanceCudaTest'
parts='.*\.(KernelLibraryCuda|CublasLtCuda|LinearLaunchesCuda|Tf32Cuda|DoctorCuda)Test'

# A part of the tests, by the names of their classes.
run_group() { # NAME INCLUDED EXCLUDED
    local folder=$work/tests/$1
    mkdir -p "$folder"
    java -Ddev.lamina.trackTensors=true "-Dbasedir=$work" -Djava.io.tmpdir="$work" \
        -cp "$home/test/classes:$libraries:$home/test/lib/*" \
        org.junit.platform.console.ConsoleLauncher execute --disable-banner --disable-ansi-colors --details=testfeed \
        --fail-if-no-tests "--scan-classpath=$home/test/classes" "--include-classname=$2" "--exclude-classname=$3" \
        "--reports-dir=$folder" > "$folder/tests.log" 2>&1
    echo $? > "$folder/code"
}

run_tests() {
    cd "$work" && ln -s "$home/cuda-kernels" cuda-kernels || return 1
    if [ -n "$tests" ] || [ "$device" != real ]; then
        case $device in
        cpu) run_group all "${tests:-.*Test}" '.*(Cuda.*|Hardware)Test' ;;
        *) run_group all "${tests:-$on_device}" '(?!)' ;;
        esac
    else
        run_group ops "$ops" '(?!)'
        run_group parts "$parts" '(?!)'
        run_group rest "$on_device" "$ops|$parts"
    fi
    report tests "$work/tests" "$results/tests.json" "$device" "$home/commit"
}

# Fashion-MNIST on the device and, beside it, on the CPU.
train() {
    local on
    for on in cpu $([ "$backend" = cpu ] || echo "$backend"); do
        echo "# $on" >> "$work/train.log"
        lamina train fashion-mnist --model mlp --epochs "${LAMINA_BUNDLE_EPOCHS:-5}" --batch-size 128 --seed 1 \
            --backend "$on" --data "$data/fashion-mnist" >> "$work/train.log" 2>&1
        echo "# exit code $?" >> "$work/train.log"
    done
    report train "$work/train.log" "$results/train.json" "$device"
}

bench() {
    local length=(--repeats 3 --seconds 2 --warmup 3 --gate 0) code
    [ "$device" != real ] || length+=(--case all)
    # Of the simulated device only that it works is asked.
    [ "$device" != simulated ] || length=(--repeats 1 --seconds 0.2 --warmup 0 --gate 0 --case tiny-b64)
    lamina bench --backend "$backend" --json "${length[@]}" > "$work/bench.log"
    code=$?
    report bench "$work/bench.log" "$results/bench.json" "$device" "$code" "${length[*]}"
}

# compute-sanitizer, which CUDA's toolkit does not put on PATH. Its bare name where there is none, so that the log says so.
sanitizer() {
    local folder
    command -v compute-sanitizer && return
    for folder in "${CUDA_HOME:-}" "${CUDA_PATH:-}" /usr/local/cuda /usr/local/cuda-*; do
        if [ -n "$folder" ] && [ -x "$folder/bin/compute-sanitizer" ]; then
            echo "$folder/bin/compute-sanitizer"
            return
        fi
    done
    echo compute-sanitizer
}

# Records the launches of the tests of single ops, of the optimizers and of tiny networks, and repeats them without a JVM: on a GPU under
# compute-sanitizer, on the simulated device under its own checks.
memcheck() {
    local tool api sanitizer
    if [ "$device" = cpu ]; then
        report memcheck "$work" "$results/memcheck.json" "$device" "there is no device"
        return
    fi
    cd "$work" && ln -sfn "$home/cuda-kernels" cuda-kernels && mkdir ptx && (cd ptx && python3 -m zipfile -e "$home/lib/lamina.jar" .) || return 1
    java "-Djava.io.tmpdir=$work" "-Ddev.lamina.cuda.record=$work/launches" -Ddev.lamina.cuda.cache=off \
        -cp "$home/test/classes:$libraries:$home/test/lib/*" \
        org.junit.platform.console.ConsoleLauncher execute --disable-banner --disable-ansi-colors --details=summary \
        --fail-if-no-tests "--scan-classpath=$home/test/classes" \
        "--include-classname=${tests:-.*\.(OpConformanceCuda|OptimizerCuda|TinyStepsCuda)Test}" > "$work/record.log" 2>&1
    echo "exit code $?" >> "$work/record.log"
    local replay=("$home/replay" libcuda.so.1 "$work/launches" ptx/dev/lamina/cuda/ptx/*.ptx)
    if [ "$device" = simulated ]; then
        replay[1]=$home/simulated/libcuda.so.1
        timeout "$limit" "${replay[@]}" > "$work/simulator.log" 2>&1
        echo "exit code $?" >> "$work/simulator.log"
    else
        # At once: each waits for the compiler of the kernels most of the time. Calls of the driver that fail are not
        # reported: the replay looks at each one's code, and asks every PTX file in turn for a kernel that most lack.
        sanitizer=$(sanitizer)
        for tool in memcheck racecheck synccheck; do
            api=()
            [ "$tool" != memcheck ] || api=(--report-api-errors no)
            (
                timeout "$limit" "$sanitizer" --tool "$tool" "${api[@]}" --error-exitcode 99 "${replay[@]}"
                echo "exit code $?"
            ) > "$work/$tool.log" 2>&1 &
        done
        wait
    fi
    report memcheck "$work" "$results/memcheck.json" "$device" ""
}

failed=0
try() { # NAME FUNCTION
    echo "== $1"
    local start=$SECONDS
    if ("$2"); then echo "$1: passed, $((SECONDS - start)) s"; else echo "$1: FAILED, $((SECONDS - start)) s"; failed=1; fi
}
case $step in doctor | all) try doctor doctor ;; esac
case $step in test | all) try test run_tests ;; esac
case $step in train | all) try train train ;; esac
case $step in bench | all) try bench bench ;; esac
case $step in memcheck | all) try memcheck memcheck ;; esac
exit "$failed"
