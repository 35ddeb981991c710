#!/usr/bin/env bash
# Makes target/lamina-gpu-bundle.tar.xz: all that is needed to try Lamina on a bare Linux machine with NVIDIA's driver,
# without Java, Maven or a network there. "mvn -Pgpu-bundle package" calls it; what it packs lies in target/ by then.
#
#   build.sh FIXTURES
#
# FIXTURES is the folder of recorded numbers of real Keras. The JDK is the one that ./lamina finds.
#
#   LAMINA_BUNDLE_IMAGES   how many of Fashion-MNIST's 60,000 training images to take along (default 10000)
#   LAMINA_BUNDLE_PRESET   how hard xz packs (default 9e, minutes); a lower one only tells whether it would fit
set -euo pipefail

[ $# -eq 1 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
home=$(cd "$(dirname "$0")/../.." && pwd)
fixtures=$1
jdk=$("$home/lamina" --java-home)
target=$home/target
work=$target/gpu-bundle
bundle=$work/lamina-gpu-bundle
archive=$target/lamina-gpu-bundle.tar.xz
images=${LAMINA_BUNDLE_IMAGES:-10000}
# It travels with the project in 64 MiB.
limit=$((45 * 1024 * 1024))
preset=${LAMINA_BUNDLE_PRESET:-9e}
# To see without packing for minutes whether it fits: what preset 1 makes is larger by 14 %.
[ "$preset" = 9e ] || limit=$((limit / 100 * 112))

[ -f "$target/lamina.jar" ] || { echo "build.sh: expected $target/lamina.jar; build with mvn -Pgpu-bundle package" >&2; exit 2; }
[ -d "$fixtures/keras-golden" ] || echo "build.sh: packed without recorded numbers, no folder $fixtures/keras-golden; -Dlamina.fixtures=DIR names another"
rm -rf "$bundle" "$archive"
mkdir -p "$bundle"/{lib,test/lib,fixtures,simulated}

# Nothing is compressed inside: xz packs plain files better than what is packed already.
"$jdk/bin/jlink" --output "$bundle/java" --strip-debug --no-header-files --no-man-pages --compress=zip-0 --add-modules \
    java.base,java.logging,java.management,java.naming,java.net.http,java.sql,java.xml,jdk.httpserver,jdk.management,jdk.net,jdk.unsupported,jdk.zipfs
rm -rf "$bundle"/java/legal "$bundle"/java/lib/{jrt-fs.jar,libjsig.so,server/libjsig.so}
strip --strip-unneeded "$bundle/java/lib/server/libjvm.so"

repack() { # JAR FOLDER: the same jar without compression, nor native libraries of other systems
    local plain
    plain=$(mktemp -d)
    (cd "$plain" && "$jdk/bin/jar" --extract --file "$1")
    find "$plain" \( -name '*.dll' -o -name '*.dylib' -o -path '*/linux/*' ! -path '*/amd64/*' -name '*.so' \) -delete
    "$jdk/bin/jar" --create --no-compress --no-manifest --file "$2/$(basename "$1")" -C "$plain" .
    rm -rf "$plain"
}
for jar in "$target/lamina.jar" "$work"/lib/*.jar; do
    case ${jar##*/} in
    dnnl-* | jcuda-natives-* | jcublas-natives-*) ;; # below, without what Lamina doesn't load
    *) repack "$jar" "$bundle/lib" ;;
    esac
done
for jar in "$work"/test-lib/*.jar; do
    repack "$jar" "$bundle/test/lib"
done

# The native libraries, where the class path expects them. JCuda's compilers of PTX (8 MB) and oneDNN's JNI stay out.
natives() { # FOLDER JAR FILE...
    mkdir -p "$bundle/natives/$1"
    (cd "$bundle/natives/$1" && "$jdk/bin/jar" --extract --file "${@:2}")
}
natives jcuda "$work"/lib/jcuda-natives-*.jar lib/libJCudaDriver-12.6.0-linux-x86_64.so
natives jcuda "$work"/lib/jcublas-natives-*.jar lib/libJCublas2-12.6.0-linux-x86_64.so
onednn=org/bytedeco/dnnl/linux-x86_64
natives dnnl-x86_64 "$work"/lib/dnnl-*-linux-x86_64.jar "$onednn/libdnnl.so.3" "$onednn/libgomp.so.1"
strip --strip-unneeded "$bundle/natives/dnnl-x86_64/$onednn"/*

# The simulated device for any x86-64 processor of the last ten years; CUDA kernels on the CPU, to try the bundle itself.
simulated=$target/simulated-device
grep -q -- -march=x86-64-v3 "$simulated/objects/stamp" 2> /dev/null || simulated=$work/simulated-device
LAMINA_SIM_MARCH=x86-64-v3 bash "$home/native/simulated-device/build.sh" "$simulated" > "$work/simulated-device.log"
for library in libcuda.so.1 libcublas.so.12 libcublasLt.so.12; do
    cp -L "$simulated/$library" "$bundle/simulated/$library"
    strip --strip-unneeded "$bundle/simulated/$library"
done

bash "$home/native/launch-replay/build.sh" "$bundle/replay"
strip "$bundle/replay"

# Not packed: tests of the sources, of the Maven project and of JCuda's compiler of PTX, those that compile C, and those of
# 10 MB of old files that are read on the CPU alone; and the one that plots, which would need java.desktop.
cp -r "$target/test-classes" "$bundle/test/classes"
rm -rf "$bundle"/test/classes/dev/lamina/{architecture,project} \
    "$bundle"/test/classes/dev/lamina/backend/cuda/{Ptx,CublasSearch,DoctorMachines}*Test* \
    "$bundle"/test/classes/dev/lamina/fixtures/{Keras2H5,KerasWild}Test* \
    "$bundle"/test/classes/dev/lamina/cli/TrainAndUseTest*
mkdir "$bundle/cuda-kernels"
cp "$home"/cuda-kernels/*.cu* "$bundle/cuda-kernels"
for folder in "$fixtures"/*/; do
    case $(basename "$folder") in
    '*' | keras-wild | keras2-h5 | onnx-pytorch | rtneural) ;;
    *) cp -rL "$folder" "$bundle/fixtures" ;;
    esac
done

# The first images of the training set and all of the test set, unpacked.
fashion=${LAMINA_DATASETS:-/usr/share/datasets}/fashion-mnist
if [ -d "$fashion" ]; then
    mkdir -p "$bundle/data/fashion-mnist"
    for file in "$fashion"/*.gz; do
        gzip -dc "$file" > "$bundle/data/fashion-mnist/$(basename "${file%.gz}")"
    done
    python3 "$home/src/bundle/take_images.py" "$bundle/data/fashion-mnist" "$images"
fi

# Beside PyTorch and JAX, where they are installed.
mkdir -p "$bundle/bench/gpu"
cp "$home"/bench/gpu/{run.sh,README.md,*.py} "$bundle/bench/gpu"
cp "$home"/src/bundle/{run.sh,report.py,lamina} "$home/src/main/dist/logback.xml" "$home/LICENSE" "$home/NOTICE" "$bundle"
chmod -R u+w "$bundle"
git -C "$home" rev-parse HEAD > "$bundle/commit" 2> /dev/null || echo unknown > "$bundle/commit"

# Most of it is machine code of x86-64, which the first filter prepares.
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime=2026-01-01 -cf - lamina-gpu-bundle |
    xz -T1 --x86 "--lzma2=preset=$preset,dict=256MiB" > "$archive"
bytes=$(stat -c %s "$archive")
[ "$bytes" -le "$limit" ] || { echo "build.sh: $archive has $bytes bytes; at most $limit were expected" >&2; exit 1; }
echo "$archive: $((bytes / 1024)) KiB of at most $((limit / 1024))"
