#!/usr/bin/env bash
# Builds the simulated device with the kernels of test/ and runs its own tests:
#
#   test.sh [BUILD_DIR]      (default: a folder in /tmp)
#
# Where nvcc is found, test/kernels.ptx is made again first if test/kernels.cu is newer.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=${1:-${TMPDIR:-/tmp}/lamina-simulated-device-test-$(id -u)}
mkdir -p "$build"
cxx=${CXX:-g++}

if command -v nvcc > /dev/null && [ "$here/test/kernels.cu" -nt "$here/test/kernels.ptx" ]; then
    nvcc -ptx -arch=compute_75 -O3 -fmad=false "$here/test/kernels.cu" -o "$build/kernels.ptx"
    sed -E 's/^\.version .*/.version 6.4/' "$build/kernels.ptx" > "$here/test/kernels.ptx"
fi

"$here/build.sh" "$build" "$here/test"
"$cxx" -std=c++20 -g -O1 -Wall -Wextra "$here"/test/*.cpp -o "$build/tests" \
    -L"$build" -l:libcuda.so.1 -l:libcublas.so.12 -l:libcublasLt.so.12 -Wl,-rpath,"$build" -lpthread

"$build/tests" "$here/test"

# No device: cuInit says so.
cat > "$build/no_device.cpp" << 'END'
extern "C" int cuInit(unsigned);
int main() { return cuInit(0) == 100 ? 0 : 1; }
END
"$cxx" "$build/no_device.cpp" -o "$build/no_device" -L"$build" -l:libcuda.so.1 -Wl,-rpath,"$build"
LAMINA_SIM_DEVICES=0 "$build/no_device"
echo "no device: as expected"
