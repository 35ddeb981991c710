#!/usr/bin/env bash
# Lamina beside PyTorch and JAX on one GPU, interleaved; README.md says what is measured.
#   bench/gpu/run.sh [CASE ...]
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
rounds=${ROUNDS:-2}
repeats=${REPEATS:-3}
seconds=${SECONDS_EACH:-1}
warmup=${WARMUP:-1}
python=${PYTHON:-python3}
lamina=${LAMINA:-$here/../../lamina}
torch_modes=${TORCH_MODES-eager compile reduce-overhead cudagraph}
torch_hosts=${TORCH_HOSTS-pageable}
jax_modes=${JAX_MODES-jit scan}
out=${OUT:-$here/results/$(date -u +%Y%m%d-%H%M%S).jsonl}
mkdir -p "$(dirname "$out")"
times=(--repeats "$repeats" --seconds "$seconds" --warmup "$warmup")
chosen=()
for case in "$@"; do chosen+=(--case "$case"); done
ours=("${chosen[@]}")
[ $# -gt 0 ] || ours=(--case all)

# rows NAME COMMAND...: its JSON lines go to the file; a failure is told, and the others go on.
rows() {
    local name=$1
    shift
    "$@" 2> "$out.$name.log" | grep '^{' >> "$out"
    [ "${PIPESTATUS[0]}" = 0 ] || echo "$name failed: $(tail -n 1 "$out.$name.log")" >&2
}

rows ceilings "$python" "$here/ceilings.py"
for ((round = 1; round <= rounds; round++)); do
    rows lamina "$lamina" bench --backend cuda --json --gate 0 "${times[@]}" "${ours[@]}"
    for mode in $torch_modes; do
        for host in $torch_hosts; do
            rows "torch-$mode-$host" "$python" "$here/torch_rows.py" --mode "$mode" --host "$host" "${times[@]}" "${chosen[@]}"
        done
    done
    for mode in $jax_modes; do
        rows "jax-$mode" "$python" "$here/jax_rows.py" --mode "$mode" "${times[@]}" "${chosen[@]}"
    done
done
"$python" "$here/table.py" "$out"
