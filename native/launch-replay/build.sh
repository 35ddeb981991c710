#!/usr/bin/env bash
# build.sh OUTPUT: compiles the replay of launches to the file OUTPUT. Needs g++ (CXX); no CUDA toolkit.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || { sed -n '2s/^# \{0,1\}//p' "$0" >&2; exit 2; }
"${CXX:-g++}" -std=c++20 -O1 -g1 -Wall -Wextra -Werror -static-libstdc++ -static-libgcc -o "$1" "$here/replay.cpp" -ldl
