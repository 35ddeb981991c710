#!/usr/bin/env bash
# Times single ops of the CPU backend by JMH, by its loops in C and in Java: run.sh [OPTIONS OF JMH]
#
#   run.sh                                   # all ops, both
#   run.sh -p op=ADAM,RELU -f 1 -i 3         # some ops, one process, three repeats
#
# Needs the classes of "mvn compile".
set -euo pipefail
cd "$(dirname "$0")/../.."
jdk=$(./lamina --java-home)
work=target/loops-benchmark

[ -d target/classes/dev/lamina ] || mvn -B -ntp -q compile </dev/null
mkdir -p "$work"
if [ ! -s "$work/classpath" ] || [ pom.xml -nt "$work/classpath" ]; then
  mvn -B -ntp -q -Pjmh dependency:build-classpath "-Dmdep.outputFile=$work/classpath" </dev/null
fi
classpath=target/classes:$(cat "$work/classpath")
rm -rf "$work/classes"
mkdir "$work/classes"
"$jdk/bin/javac" --release 25 -cp "$classpath" -d "$work/classes" -proc:full \
  -processor org.openjdk.jmh.generators.BenchmarkProcessor bench/loops/dev/lamina/backend/cpu/*.java
"$jdk/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -cp "$work/classes:$classpath" org.openjdk.jmh.Main -rf json -rff "$work/results.json" "$@"
