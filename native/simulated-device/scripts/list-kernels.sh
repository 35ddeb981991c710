#!/usr/bin/env bash
# list-kernels.sh COMPILER FLAGS... FILE.cu: the names of the file's kernels, also of those that macros make: they are
# searched in the preprocessed text, in which LAMINA_SIM_LIST_KERNELS leaves the word __global__ in place.
set -euo pipefail
"${@:1:$#-1}" -DLAMINA_SIM_LIST_KERNELS -E -P -x c++ "${@:$#}" |
    tr '\n' ' ' |
    awk -v RS='__global__' 'NR > 1 {
        sub(/\(.*/, "")          # up to the parameter list
        sub(/[ \t]+$/, "")
        sub(/.*[ \t*]/, "")      # the last word before it
        print
    }'
