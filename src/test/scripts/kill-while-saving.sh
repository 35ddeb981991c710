#!/usr/bin/env bash
# Kills a program that saves a model, so many times at random moments: kill-while-saving.sh [TIMES] [SEED]
set -euo pipefail
cd "$(dirname "$0")/../../.."
mvn -B -ntp -P '!simulated-device,!cublas-bridge' test -Dtest=KillWhileSavingTest \
  "-Dlamina.kills=${1:-100}" "-Dlamina.kill.seed=${2:-$RANDOM}" </dev/null
