#!/usr/bin/env bash
# Gives Lamina's readers of files any bytes, by Jazzer: fuzz.sh [SECONDS] [PARSER...]
#
# SECONDS (60) are shared by the parsers (all): keras weights hdf5 config safetensors npy idx csv. An input with which a
# parser fails otherwise than by ModelFormatException or DataException, takes over 10 s or too much memory, is kept in
# src/test/resources/dev/lamina/fuzz/PARSER, where FuzzRegressionTest finds it. Then the status is 1. What the fuzzer
# learns of the formats stays in target/fuzz for the next run. Needs the classes of "mvn test-compile".
set -euo pipefail
cd "$(dirname "$0")/../../.."
seconds=${1:-60}
shift || true
parsers=("$@")
[ $# -gt 0 ] || parsers=(keras weights hdf5 config safetensors npy idx csv)
java=$(./lamina --java-home)/bin/java

[ -d target/test-classes/dev/lamina/fuzz ] || mvn -B -ntp -q test-compile </dev/null
mkdir -p target/fuzz
if [ ! -s target/fuzz/classpath ] || [ pom.xml -nt target/fuzz/classpath ]; then
  mvn -B -ntp -q -Pfuzz dependency:build-classpath -Dmdep.outputFile=target/fuzz/classpath </dev/null
fi
classpath=target/test-classes:target/classes:$(cat target/fuzz/classpath)
options=(-Xmx1g -XX:+UseSerialGC -XX:TieredStopAtLevel=4 --enable-native-access=ALL-UNNAMED
  --sun-misc-unsafe-memory-access=allow -XX:+EnableDynamicAgentLoading -Ddev.lamina.backend=cpu
  -Ddev.lamina.cpu.threads=1 -Ddev.lamina.cpu.memoryLimit=1073741824)
"$java" "${options[@]}" -cp "$classpath" dev.lamina.fuzz.Seeds target/fuzz/seeds

# What parses, and what it hands its findings to. Instrumenting more would only take time.
instrumented='dev.lamina.saving.**:dev.lamina.data.**:dev.lamina.config.**:dev.lamina.layers.**:dev.lamina.models.**'
instrumented+=':io.jhdf.**:com.google.gson.**:de.siegmar.**'
# The start of each process is not counted.
share=$((seconds / ${#parsers[@]}))
failed=()
for parser in "${parsers[@]}"; do
  kept=src/test/resources/dev/lamina/fuzz/$parser
  mkdir -p "target/fuzz/corpus/$parser" "$kept"
  log=target/fuzz/$parser.log
  if "$java" "${options[@]}" "-Dlamina.fuzz.parser=$parser" -cp "$classpath" com.code_intelligence.jazzer.Jazzer \
    --target_class=dev.lamina.fuzz.FuzzTarget \
    --instrumentation_includes="$instrumented" --custom_hook_includes="$instrumented" \
    --reproducer_path=target/fuzz \
    -max_total_time="$share" -timeout=10 -rss_limit_mb=3072 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$kept/" "target/fuzz/corpus/$parser" "target/fuzz/seeds/$parser" "$kept" >"$log" 2>&1 </dev/null; then
    printf '%s: %s inputs, none failed\n' "$parser" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
  else
    failed+=("$parser")
    tail -n 40 "$log"
  fi
  rmdir "$kept" 2>/dev/null || true
done
[ ${#failed[@]} -eq 0 ] || {
  printf 'fuzz.sh: failed: %s; see target/fuzz/PARSER.log and the inputs in %s\n' "${failed[*]}" src/test/resources/dev/lamina/fuzz >&2
  exit 1
}
