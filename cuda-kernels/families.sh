# What build.sh and check.sh agree on. Sourced with cuda-kernels as the working directory.
FLAGS="-std=c++17 -O3 -fmad=false -arch=compute_75"
PTX_VERSION=6.3
ARCHITECTURES="sm_75 sm_80 sm_86 sm_89 sm_90"

# An installed toolkit that is not on the path.
if [ -d /usr/local/cuda/bin ]; then
    PATH=$PATH:/usr/local/cuda/bin
fi

families() {
    for source in *.cu; do
        echo "${source%.cu}"
    done
}

# The SHA-256 of a family's source, all headers and the flags.
family_hash() {
    { echo "$FLAGS $PTX_VERSION"; LC_ALL=C sha256sum "$1.cu" *.cuh; } | sha256sum | cut -d' ' -f1
}

# Those whose PTX is missing or was made of other sources.
changed_families() {
    for family in $(families); do
        if [ "$(sed -n 's|^// sources ||p' "ptx/$family.ptx" 2> /dev/null | head -1)" != "$(family_hash "$family")" ]; then
            echo "$family"
        fi
    done
}

# "architecture kernel registers stack spills" for every kernel of a PTX file.
measure() {
    ptxas -arch="$2" -v -o /dev/null "$1" 2>&1 | awk -v arch="$2" '
        /Compiling entry function/ { split($0, part, "\047"); kernel = part[2] }
        /bytes stack frame/ { stack = $1; spills = $5 + $9 }
        /Used [0-9]+ registers/ { for (i = 1; i < NF; i++) if ($i == "Used") print arch, kernel, $(i + 1), stack, spills }
        /error|fatal/ { print > "/dev/stderr"; failed = 1 }
        END { exit failed }'
}

measure_all() {
    echo "# architecture kernel registers stack-bytes spill-bytes; by ptxas $(ptxas --version | sed -n 's/.*, V\([0-9.]*\)$/\1/p')"
    for ptx in ptx/*.ptx; do
        for architecture in $ARCHITECTURES; do
            measure "$ptx" "$architecture" | LC_ALL=C sort
        done
    done
}
