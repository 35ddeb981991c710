#!/usr/bin/env bash
# stand-in-13.sh SIMULATED_DIR OUTPUT_DIR: makes libcublas.so.13 and libcublasLt.so.13 for tests, from the stand-in of
# version 12 that native/simulated-device/build.sh left in SIMULATED_DIR. It lacks cublasSgeam, to see what the bridge
# makes of that.
set -euo pipefail

[ $# -eq 2 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
simulated=$(cd "$1" && pwd)
mkdir -p "$2"
output=$(cd "$2" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo 'libcublas.so.13 { global: cublas*; local: *; };' > "$work/13.map"
echo 'int cublasLtStandIn(void) { return 13; }' > "$work/lt.c"
objcopy --strip-symbol=cublasSgeam "$simulated/objects/cublas-stubs.o" "$work/stubs.o"
"${CC:-gcc}" -shared -o "$output/libcublasLt.so.13" "$work/lt.c" -Wl,-soname,libcublasLt.so.13
mapfile -t objects < <(find "$simulated/objects" -name 'cublas-*.o' ! -name cublas-stubs.o | sort)
"${CXX:-g++}" -shared -o "$output/libcublas.so.13" "${objects[@]}" "$work/stubs.o" -Wl,-soname,libcublas.so.13 \
    -Wl,--version-script="$work/13.map" -L"$simulated" -l:libcuda.so.1 -Wl,--no-as-needed \
    -L"$output" -l:libcublasLt.so.13
