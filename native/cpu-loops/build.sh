#!/usr/bin/env bash
# Builds the CPU backend's loops: build.sh CLASSES makes CLASSES/dev/lamina/native/linux-ARCH/liblamina-loops.so, unless it
# is there and newer than its source. Needs a C compiler (CC, or gcc) on Linux; without one nothing is made, and the plain
# Java loops run.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
case $(uname -sm) in
  "Linux x86_64") folder=linux-x86_64 ;;
  "Linux aarch64") folder=linux-arm64 ;;
  *) echo "cpu-loops: left out, for Linux on x86-64 and arm64 only"; exit 0 ;;
esac
output=$1/dev/lamina/native/$folder
library=$output/liblamina-loops.so
if [ -f "$library" ] && [ -z "$(find "$here" -newer "$library" -type f)" ]; then exit 0; fi
compiler=${CC:-gcc}
command -v "$compiler" >/dev/null || { echo "cpu-loops: left out, there is no $compiler"; exit 0; }
mkdir -p "$output"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
options=(-O3 -std=gnu11 -fPIC -Wall -Wextra -fvisibility=hidden -ffp-contract=off -fno-math-errno -fno-trapping-math)
if [ $folder = linux-x86_64 ]; then options+=(-mprefer-vector-width=512); fi
# No build id and no paths: the same source gives the same bytes.
if "$compiler" "${options[@]}" -shared -s -o "$work/loops.so" "$here"/*.c -lm \
  -Wl,--build-id=none -Wl,-z,noexecstack; then
  mv "$work/loops.so" "$library"
else
  echo "cpu-loops: left out, $compiler could not compile them" >&2
fi
