#!/usr/bin/env bash
# Builds the bridge: build.sh OUTPUT_DIR makes OUTPUT_DIR/libcublas.so.12. Needs gcc (CC) and bash, on x86-64 Linux, the
# only platform that JCuda has natives for; nothing of NVIDIA's.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || { sed -n '2,3s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ "$(uname -sm)" = "Linux x86_64" ] || { echo "cublas-bridge: left out, for x86-64 Linux only"; exit 0; }
mkdir -p "$1"
output=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bash "$here/generate.sh" "$here/functions.txt" > "$work/jumps.S"
# No build id and no paths: the same sources give the same bytes.
"${CC:-gcc}" -O2 -fPIC -Wall -Wextra -Werror -fvisibility=hidden -shared -s -o "$work/bridge.so" \
    "$here/bridge.c" "$work/jumps.S" -ldl \
    -Wl,-soname,libcublas.so.12 -Wl,--version-script="$here/bridge.map" -Wl,--build-id=none -Wl,-z,noexecstack
mv "$work/bridge.so" "$output/libcublas.so.12"
