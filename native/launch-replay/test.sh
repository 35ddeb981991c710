#!/usr/bin/env bash
# Tests the replay, without Java and without a GPU: test.sh SIMULATED_DIR, a folder that native/simulated-device/build.sh
# has filled. Planted faults must be reported, and what is right must not.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || { sed -n '2,3s/^# \{0,1\}//p' "$0" >&2; exit 2; }
driver=$(cd "$1" && pwd)/libcuda.so.1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bash "$here/build.sh" "$work/replay"
ptx=$here/../../cuda-kernels/ptx/elementwise_unary.ptx

# record FILE COUNT: relu_f32(x, y, COUNT) on two blocks of 1,000 floats.
record() {
    python3 - "$1" "$2" << 'END'
import struct, sys
name, count, block = b"relu_f32", int(sys.argv[2]), b"\xff" * 4000
parameters = struct.pack("<QQq", 1, 1, count)
out = struct.pack("<II", 0x484E434C, len(name)) + name + struct.pack("<III", -(-count // 1024), 256, 0)
out += struct.pack("<IIII", 3, 8, 8, 8) + struct.pack("<I", 3)
for content in parameters, block, block:
    out += struct.pack("<I", len(content)) + content
out += struct.pack("<I", 2)
for parameter in 0, 1:
    out += struct.pack("<IQIQ", 0, 8 * parameter, parameter + 1, 0)
open(sys.argv[1], "wb").write(out)
END
}
expect() { # CODE TEXT ARGUMENTS...
    local code=0
    "$work/replay" "${@:3}" > "$work/output" || code=$?
    if [ "$code" -ne "$1" ] || ! grep -q "$2" "$work/output"; then
        echo "launch-replay: expected exit code $1 and \"$2\"; received $code and:" >&2
        cat "$work/output" >&2
        exit 1
    fi
}
record "$work/right" 1000
expect 0 'replayed 1 launches, 0 problems' "$driver" "$work/right" "$ptx"
record "$work/one-too-many" 1001
expect 1 'PROBLEM .*relu_f32' "$driver" "$work/one-too-many" "$ptx"
record "$work/far-too-many" 10000000
expect 1 'FAILED relu_f32 grid (9766) failed with CUDA error 700' "$driver" "$work/far-too-many" "$ptx"
head -c 2000 "$work/right" > "$work/cut"
expect 1 'FAILED the record is cut short' "$driver" "$work/cut" "$ptx"
expect 1 'FAILED no PTX file holds relu_f32' "$driver" "$work/right" "$here/../../cuda-kernels/ptx/random.ptx"
expect 2 'FAILED ' "$work/no-driver" "$work/right" "$ptx"
: > "$work/empty"
expect 1 'replayed 0 launches' "$driver" "$work/empty" "$ptx"
echo "launch-replay: all tests passed"
