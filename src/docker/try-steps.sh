#!/usr/bin/env bash
# Runs the Dockerfile's steps with buildah where there is no Docker engine and no registry: on a Debian root made with
# debootstrap and tagged as the base image. That proves the steps, not the image: there is no cuBLAS in it.
#
#   src/docker/try-steps.sh [WORK_DIR]          # as root; needs debootstrap and buildah; target/ must be built
#
# The build stage is taken from target/ and the JDK that ./lamina finds; the second stage runs as the Dockerfile has it.
set -euo pipefail

home=$(cd "$(dirname "$0")/../.." && pwd)
work=${1:-$home/target/docker}
base=docker.io/nvidia/cuda:12.6.3-runtime-ubuntu24.04
builder=docker.io/library/eclipse-temurin:25-jdk
root=$work/root
mkdir -p "$work"
[ -f "$home/target/lamina.jar" ] || { echo "try-steps.sh: build first: mvn package" >&2; exit 2; }
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs

if [ ! -x "$root/bin/sh" ]; then
    debootstrap --variant=minbase stable "$root" > "$work/debootstrap.log" 2>&1
fi
tag() { # NAME: the root as an image
    local container
    container=$(buildah from scratch)
    buildah add -q "$container" "$root" / > /dev/null
    "${@:2}" "$container"
    buildah commit -q "$container" "$1" > /dev/null
    buildah rm "$container" > /dev/null
}
nothing() { :; }
built() { # what the build stage would have made
    local java=$work/java
    rm -rf "$java"
    # shellcheck disable=SC2046
    "$("$home/lamina" --java-home)/bin/jlink" --strip-debug --no-header-files --no-man-pages --compress=zip-6 \
        --output "$java" $(sed -n 's/^ *\(--add-modules [a-z.,]*\)$/\1/p' "$home/Dockerfile")
    buildah add -q "$1" "$java" /opt/java > /dev/null
    buildah add -q "$1" "$home/target/lamina.jar" /src/target/ > /dev/null
    buildah add -q "$1" "$home/target/lib" /src/target/lib > /dev/null
}
tag "$base" nothing
tag "$builder" built

# The first stage's commands need a network and Maven; its result is in the image already.
awk '/^FROM .* AS build/ { print; skip = 1; next } /^FROM/ { skip = 0 } !skip' "$home/Dockerfile" > "$work/Dockerfile"
buildah bud -q --pull-never -f "$work/Dockerfile" -t localhost/lamina-try "$home" > "$work/image"

container=$(buildah from --pull-never localhost/lamina-try)
# The names are NVIDIA's and Adoptium's, so the stand-ins must not stay.
trap 'buildah rm "$container" > /dev/null; buildah rmi --force "$base" "$builder" > /dev/null' EXIT
run() { buildah run --user lamina "$container" -- lamina "$@"; }
run --version
run doctor > "$work/doctor.txt"
grep -q 'cuda: not available: No CUDA backend' "$work/doctor.txt"
last=$(run train 2>&1 | tee "$work/train.txt" | tail -n 1)
case $last in
'test accuracy 0.'*) echo "Dockerfile: its steps ran; $last on the CPU" ;;
*) echo "try-steps.sh: expected a test accuracy; received: $last" >&2; exit 1 ;;
esac
