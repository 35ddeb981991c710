#!/usr/bin/env bash
# stubs.sh SYMBOLS.txt CODE: C code with a weak function for each symbol that answers CODE. A definition elsewhere
# in the library replaces it. Needed for all that JCuda's natives import: one missing symbol ends the JVM.
set -euo pipefail
while read -r symbol; do
    if [ -n "$symbol" ]; then
        printf '__attribute__((weak, visibility("default"))) int %s(void) { return %s; }\n' "$symbol" "$2"
    fi
done < "$1"
