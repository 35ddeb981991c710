#!/usr/bin/env bash
# Tests the bridge, without Java and without a GPU: test.sh SIMULATED_DIR, a folder that native/simulated-device/build.sh
# has filled.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || { sed -n '2,3s/^# \{0,1\}//p' "$0" >&2; exit 2; }
simulated=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bash "$here/build.sh" "$work"
bash "$here/build.sh" "$work/again"
cmp "$work/libcublas.so.12" "$work/again/libcublas.so.12"
bash "$here/stand-in-13.sh" "$simulated" "$work/13"
"${CC:-gcc}" -O1 -Wall -Wextra -Werror -o "$work/test" "$here/test.c" -ldl

bytes=$(stat -c %s "$work/libcublas.so.12")
[ "$bytes" -lt 131072 ] || { echo "the bridge has $bytes bytes; less than 131072 was expected" >&2; exit 1; }
"$work/test" with "$work/libcublas.so.12" "$simulated/libcuda.so.1" "$work/13"
"$work/test" without "$work/libcublas.so.12"
exported=$(nm -D --defined-only "$work/libcublas.so.12" | grep -c '@@libcublas.so.12$')
[ "$exported" -eq $(($(wc -l < "$here/functions.txt") + 3)) ] ||
    { echo "the bridge exports $exported names" >&2; exit 1; }
echo "cublas-bridge: all tests passed ($bytes bytes, $(wc -l < "$here/functions.txt") functions)"
