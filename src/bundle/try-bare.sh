#!/usr/bin/env bash
# Unpacks the bundle in a bare Debian, made by debootstrap with python3 and nothing else, and runs its doctor, tests
# and memory checks there without a network: on the CPU and on the simulated device. Needs root, debootstrap and, once, a network.
#
#   try-bare.sh [--tests REGEX]         # the classes to test (default: all that a real run would take)
#
# The results go to target/bare. LAMINA_BARE_ROOT is the Debian's folder (default: target/bare-root).
set -euo pipefail

home=$(cd "$(dirname "$0")/../.." && pwd)
archive=$home/target/lamina-gpu-bundle.tar.xz
root=${LAMINA_BARE_ROOT:-$home/target/bare-root}
[ -f "$archive" ] || { echo "try-bare.sh: expected $archive; mvn -Pgpu-bundle package makes it" >&2; exit 2; }
case ${1:-} in
'' | --tests) ;;
*) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

if [ ! -x "$root/usr/bin/python3" ]; then
    mkdir -p "$root"
    debootstrap --variant=minbase --include=python3-minimal,libpython3-stdlib stable "$root" > "$home/target/debootstrap.log" 2>&1 ||
        { tail -n 3 "$home/target/debootstrap.log" >&2; exit 1; }
fi
rm -rf "$root"/{lamina-gpu-bundle,results,root/.cache} "$home/target/bare"
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
trap 'umount "$root/proc"; rm -rf "$root/lamina-gpu-bundle"' EXIT

# In the root, without a network; some tests serve files to themselves, so the loopback is up.
inside() {
    unshare --net bash -c 'if command -v ip > /dev/null; then ip link set lo up; fi; exec "$@"' bash \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 ${LAMINA_BUNDLE_LIMIT:+LAMINA_BUNDLE_LIMIT="$LAMINA_BUNDLE_LIMIT"} \
        chroot "$root" "$@"
}
if inside bash -c 'command -v java'; then echo "try-bare.sh: expected no Java there" >&2; exit 1; fi
# No xz there either: Python unpacks it.
cp "$archive" "$root/bundle.tar.xz"
inside python3 -W ignore -c 'import tarfile; tarfile.open("/bundle.tar.xz").extractall("/")'
rm "$root/bundle.tar.xz"

failed=0
for device in cpu simulated; do
    for step in doctor test memcheck; do
        inside bash /lamina-gpu-bundle/run.sh "$step" "--$device" --out "/results/$device" "$@" || failed=1
    done
done
mkdir -p "$home/target/bare"
cp -r "$root"/results/* "$home/target/bare"
exit "$failed"
