# Where compiled kernels are kept, and for which kind of processor: the image's
# builder and its runner must agree. Sourced by postBuild and by start.
export NUMBA_CACHE_DIR="${NB_PYTHON_PREFIX}/share/vmlab/kernels"
if [ "$(uname -m)" = x86_64 ] && grep -qw avx2 /proc/cpuinfo; then
    export NUMBA_CPU_NAME=x86-64-v3 NUMBA_CPU_FEATURES=
fi
