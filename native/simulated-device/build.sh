#!/usr/bin/env bash
# Builds the stand-ins for libcuda.so.1, libcublas.so.12 and libcublasLt.so.12:
#
#   build.sh [--keep-going] OUTPUT_DIR [KERNELS_DIR...]
#
# The kernels are all *.cu files of the folders (default: ../../cuda-kernels). --keep-going leaves out, with a warning,
# a .cu file that does not compile; without it that fails the build. Needs g++ (CXX), bash, awk. Only what changed is
# compiled again. LAMINA_SIM_MARCH names another processor than this machine's, such as x86-64-v3.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
keep_going=no
if [ "${1:-}" = --keep-going ]; then
    keep_going=yes
    shift
fi
[ $# -ge 1 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$1"
output=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- "$here/../../cuda-kernels"

cxx=${CXX:-g++}
objects=$output/objects
mkdir -p "$objects"
if command -v flock > /dev/null; then # one build at a time in a folder
    exec 9> "$output/build.lock"
    flock 9
fi

# The kernels and the products run long, so they get this machine's instructions, where the compiler knows the option.
native=-march=${LAMINA_SIM_MARCH:-native}
"$cxx" "$native" -E -x c++ /dev/null > /dev/null 2>&1 || native=
common=(-std=c++20 -fPIC -fvisibility=hidden -g1 -Wall -Wextra -I"$here/include")
# Fortified longjmp takes a jump from a fiber's stack for an attack.
library=("${common[@]}" -O2 -U_FORTIFY_SOURCE)
products=("${common[@]}" -O3 "$native" -ffp-contract=off)
# -ffp-contract=off: the same arithmetic as -fmad=false on the device. Integers wrap, and types may be punned, as there.
# The two checks make misaligned accesses and array indices out of range end the kernel (engine/checks.cpp).
kernel=("${common[@]}" -O2 "$native" -ffp-contract=off -fno-math-errno -fwrapv -fno-strict-aliasing -fno-exceptions
    -fsanitize=alignment,bounds -fno-sanitize-recover=alignment,bounds -Wno-unknown-pragmas -Wno-unused-function)
read -r -a kernel_flags <<< "${kernel[*]}" # drops an empty option
read -r -a product_flags <<< "${products[*]}"

# Another compiler or processor makes all objects stale.
stamp="$("$cxx" --version | head -1) $(grep -m1 'model name' /proc/cpuinfo 2> /dev/null || true) $native $(cksum < "$0")"
if [ "$(cat "$objects/stamp" 2> /dev/null)" != "$stamp" ]; then
    rm -f "$objects"/*
    printf '%s\n' "$stamp" > "$objects/stamp"
fi

# Whether the target is missing or older than a file that the compiler read for it (written by -MMD).
stale() {
    local target=$1 source=$2 dependencies=${1%.o}.d file
    [ -f "$target" ] && [ -f "$dependencies" ] && [ ! "$source" -nt "$target" ] || return 0
    for file in $(sed -e 's/^[^:]*://' -e 's/\\$//' "$dependencies"); do
        [ ! "$file" -nt "$target" ] && [ -f "$file" ] || return 0
    done
    return 1
}

compile() { # OBJECT SOURCE FLAGS...
    local object=$1 source=$2
    shift 2
    stale "$object" "$source" || return 0
    "$cxx" "$@" -MMD -MF "${object%.o}.d" -c "$source" -o "$object"
}

# A .cu file with the registrations of its kernels behind it. Each file has its own section for shared variables.
compile_kernels() { # OBJECT SOURCE
    local object=$1 source=$2 names flags
    stale "$object" "$source" || return 0
    rm -f "$object"
    flags=("${kernel_flags[@]}" -I"$(dirname "$source")"
        -DLAMINA_SIM_SHARED_SECTION="shared_$(basename "${object%.o}" | tr -c 'A-Za-z0-9\n' _)")
    names=$("$here/scripts/list-kernels.sh" "$cxx" "${flags[@]}" -include simulated_cuda.h "$source") || return 1
    {
        printf '#include "%s"\n' "$source"
        for name in $names; do
            printf 'LAMINA_SIM_REGISTER(%s)\n' "$name"
        done
    } > "${object%.o}.cpp"
    "$cxx" "${flags[@]}" -include simulated_cuda.h -MMD -MF "${object%.o}.d" -c "${object%.o}.cpp" -o "$object"
}

# Runs the given function in the background, at most one job per processor at a time.
jobs_running=0
failed=no
in_background() {
    if [ "$jobs_running" -ge "$(nproc)" ]; then
        wait -n || failed=yes
        jobs_running=$((jobs_running - 1))
    fi
    "$@" &
    jobs_running=$((jobs_running + 1))
}
finish_jobs() {
    while [ "$jobs_running" -gt 0 ]; do
        wait -n || failed=yes
        jobs_running=$((jobs_running - 1))
    done
}

driver_objects=()
for source in "$here"/engine/*.cpp "$here"/driver/*.cpp; do
    object=$objects/driver-$(basename "${source%.cpp}").o
    driver_objects+=("$object")
    in_background compile "$object" "$source" "${library[@]}"
done
cublas_objects=()
for source in "$here"/cublas/*.cpp; do
    object=$objects/cublas-$(basename "${source%.cpp}").o
    cublas_objects+=("$object")
    in_background compile "$object" "$source" "${product_flags[@]}"
done
cublaslt_objects=()
for source in "$here"/cublaslt/*.cpp; do
    object=$objects/cublaslt-$(basename "${source%.cpp}").o
    cublaslt_objects+=("$object")
    in_background compile "$object" "$source" "${product_flags[@]}"
done
for name in driver:jcudadriver:801 cublas:jcublas:15; do
    IFS=: read -r which list code <<< "$name"
    source=$objects/$which-stubs.c
    if [ ! "$source" -nt "$here/imports/$list.txt" ]; then
        bash "$here/scripts/stubs.sh" "$here/imports/$list.txt" "$code" > "$source"
    fi
    in_background compile "${source%.c}.o" "$source" -x c -O1 -fPIC
done
finish_jobs
[ "$failed" = no ] || exit 1

kernel_objects=()
for folder in "$@"; do
    for source in "$folder"/*.cu; do
        [ -f "$source" ] || continue
        source=$(cd "$(dirname "$source")" && pwd)/$(basename "$source")
        object=$objects/kernels-$(basename "$folder")-$(basename "${source%.cu}").o
        kernel_objects+=("$object")
        in_background compile_kernels "$object" "$source"
    done
done
finish_jobs
built=()
for object in "${kernel_objects[@]:-}"; do
    if [ -f "$object" ]; then
        built+=("$object")
    elif [ -n "$object" ]; then
        printf 'simulated device: left out %s, which does not compile\n' "$(basename "${object%.o}")" >&2
    fi
done
if [ "$failed" = yes ] && [ "$keep_going" = no ]; then
    exit 1
fi

any_object_newer() { # TARGET ARGUMENT...
    local target=$1 argument
    shift
    for argument in "$@"; do
        case $argument in
        *.o) [ ! "$argument" -nt "$target" ] || return 0 ;;
        esac
    done
    return 1
}

link() { # TARGET SONAME LIST_OF_OBJECTS FLAGS...
    local target=$1 soname=$2 list
    list=$objects/$(basename "$target").objects
    shift 2
    if [ ! -f "$target" ] || [ "$(cat "$list" 2> /dev/null)" != "$*" ] ||
        any_object_newer "$target" "$@"; then
        "$cxx" -shared -o "$target.new" -Wl,-soname,"$soname" -Wl,-z,defs "$@"
        mv "$target.new" "$target"
        printf '%s\n' "$*" > "$list"
    fi
    ln -sf "$(basename "$target")" "$output/$soname"
}

link "$output/libsimcuda.so" libcuda.so.1 "${driver_objects[@]}" "$objects/driver-stubs.o" ${built[@]+"${built[@]}"} \
    -lpthread -ldl
link "$output/libsimcublas.so" libcublas.so.12 "${cublas_objects[@]}" "$objects/cublas-stubs.o" \
    -Wl,--version-script="$here/scripts/libcublas.map" -L"$output" -l:libcuda.so.1
link "$output/libsimcublaslt.so" libcublasLt.so.12 "${cublaslt_objects[@]}" "$objects/cublas-matrix_product.o" \
    "$objects/cublas-operand_memory.o" "$objects/cublas-problem.o" "$objects/cublas-product_types.o" \
    -Wl,--version-script="$here/scripts/libcublaslt.map" -L"$output" -l:libcuda.so.1
