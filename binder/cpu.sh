# Compiled kernels are kept for a kind of processor, so the image's builder and
# its runner must name the same kind. Sourced by postBuild and by start.
if [ "$(uname -m)" = x86_64 ] && grep -qw avx2 /proc/cpuinfo; then
    export NUMBA_CPU_NAME=x86-64-v3 NUMBA_CPU_FEATURES=
fi
