#!/bin/bash
# Checks that ptx/ belongs to the sources: bash and sha256sum suffice. Where ptxas is found, it also assembles every PTX file for all
# architectures and compares registers, stack and spills with budget.txt: any spill, and more than the budget, is an error.
set -euo pipefail
cd "$(dirname "$0")"
source ./families.sh

failures=0
fail() {
    echo "$1" >&2
    failures=$((failures + 1))
}

for family in $(families); do
    ptx="ptx/$family.ptx"
    if [ ! -f "$ptx" ]; then
        fail "$ptx is missing. Run cuda-kernels/build.sh."
    elif [ "$(sed -n 's|^// sources ||p' "$ptx" | head -1)" != "$(family_hash "$family")" ]; then
        fail "$ptx was not generated from the present sources. Run cuda-kernels/build.sh."
    fi
done
[ "$(families)" = "$(cat ptx/index.txt)" ] || fail "ptx/index.txt does not name the present families. Run cuda-kernels/build.sh."
for ptx in ptx/*.ptx; do
    [ -f "$(basename "${ptx%.ptx}").cu" ] || fail "$ptx has no source."
done

if command -v ptxas > /dev/null; then
    present=$(mktemp)
    trap 'rm -f "$present"' EXIT
    measure_all > "$present" || fail "ptxas refused a file."
    # Another ptxas allocates differently: then only spills and failures count.
    same=$([ "$(head -1 budget.txt)" = "$(head -1 "$present")" ] && echo 1 || echo 0)
    awk -v same="$same" '
        /^#/ { next }
        NR == FNR { registers[$1 " " $2] = $3; stack[$1 " " $2] = $4; next }
        $5 > 0 { print $2 " spills " $5 " bytes on " $1; bad = 1 }
        !(($1 " " $2) in registers) { print $2 " on " $1 " is not in budget.txt"; bad = 1; next }
        same && $3 > registers[$1 " " $2] { print $2 " on " $1 ": " $3 " registers, budget " registers[$1 " " $2]; bad = 1 }
        same && $4 > stack[$1 " " $2] { print $2 " on " $1 ": " $4 " bytes of stack, budget " stack[$1 " " $2]; bad = 1 }
        END { exit bad }' budget.txt "$present" >&2 || fail "Kernels are over the budget; if that is meant, run cuda-kernels/build.sh."
else
    echo "ptxas was not found: registers and spills were not checked."
fi

[ "$failures" = 0 ] && echo "cuda-kernels: $(families | wc -l) PTX files belong to their sources."
