#!/usr/bin/env bash
# Runs the Dockerfile's steps with buildah where there is no Docker engine and no registry: on a Debian root made with
# debootstrap and tagged as the base image. That proves the steps, not the image: there is no cuBLAS in it.
#
#   src/docker/try-steps.sh [WORK_DIR]          # as root; needs debootstrap, buildah and a network
#
# Both stages run as the Dockerfile has them, on what git tracks. The image of the JDK is the root with the JDK that ./lamina finds, where Adoptium's
# image has it.
set -euo pipefail

home=$(cd "$(dirname "$0")/../.." && pwd)
work=${1:-$home/target/docker}
base=docker.io/nvidia/cuda:12.6.3-runtime-ubuntu24.04
builder=docker.io/library/eclipse-temurin:25-jdk
root=$work/root
mkdir -p "$work"
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
jdk() { # CONTAINER: a JDK, links followed, since its certificates may be the system's
    rm -rf "$work/jdk"
    mkdir "$work/jdk"
    cp -aL "$("$home/lamina" --java-home)/." "$work/jdk"
    buildah add -q "$1" "$work/jdk" /opt/java/openjdk > /dev/null
    buildah config --env JAVA_HOME=/opt/java/openjdk \
        --env PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$1"
}
# The names are NVIDIA's and Adoptium's, so the stand-ins must not stay.
container=
finish() {
    [ -z "$container" ] || buildah rm "$container" > /dev/null
    buildah rmi --force "$base" "$builder" > /dev/null
}
trap finish EXIT
tag "$base" nothing
tag "$builder" jdk
rm -rf "$work/source"
git clone -q "$home" "$work/source"
buildah bud --pull-never -t localhost/lamina-try "$work/source" > "$work/build.log" 2>&1 ||
    { tail -n 20 "$work/build.log" >&2; exit 1; }

container=$(buildah from --pull-never localhost/lamina-try)
run() { buildah run --user lamina "$container" -- lamina "$@"; }
run --version
run doctor > "$work/doctor.txt"
grep -q 'cuda: not available: No CUDA backend' "$work/doctor.txt"
last=$(run train 2>&1 | tee "$work/train.txt" | tail -n 1)
case $last in
'test accuracy 0.'*) echo "Dockerfile: its steps ran; $last on the CPU" ;;
*) echo "try-steps.sh: expected a test accuracy; received: $last" >&2; exit 1 ;;
esac
