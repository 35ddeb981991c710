#!/usr/bin/env bash
# Trains random models in several ways, which must agree: fuzz-models.sh [SECONDS] [FIRST_SEED] [BACKEND]
#
# For SECONDS (60) seed after seed from FIRST_SEED on (by default one that the clock gives). On cpu (the default BACKEND)
# step by step as traced, the same bits, and saved and loaded, the same predictions and training; on cuda as on the CPU but for
# rounding, on the simulated device if target/simulated-device is there. Nothing may be left in memory. A seed that fails
# is printed; then the status is 1. Needs the classes of "mvn test-compile".
set -euo pipefail
cd "$(dirname "$0")/../../.."
seconds=${1:-60}
seed=${2:-$(date +%s)}
backend=${3:-cpu}
java=$(./lamina --java-home)/bin/java

[ -d target/test-classes/dev/lamina/fuzz ] || mvn -B -ntp -q test-compile </dev/null
mkdir -p target/fuzz
if [ ! -s target/fuzz/test-classpath ] || [ pom.xml -nt target/fuzz/test-classpath ]; then
  mvn -B -ntp -q dependency:build-classpath -Dmdep.outputFile=target/fuzz/test-classpath </dev/null
fi
options=(-Xmx2g -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
  "-Ddev.lamina.backend=$backend")
cuda=false
if [ "$backend" = cuda ]; then
  cuda=true
  device=$PWD/target/simulated-device
  [ ! -e "$device/libcuda.so.1" ] || options+=("-Ddev.lamina.cuda.driver=$device/libcuda.so.1"
    "-Ddev.lamina.cuda.cublas=$device/libcublas.so.12")
fi
exec "$java" "${options[@]}" -cp "target/test-classes:target/classes:$(cat target/fuzz/test-classpath)" \
  'dev.lamina.fuzz.ModelFuzz$Main' "$seconds" "$seed" "$cuda"
