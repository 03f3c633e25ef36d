#!/usr/bin/env bash
# Builds the libFuzzer targets of this folder and runs each: run.sh SECONDS [FOLDER], which keeps build and corpora.
set -euo pipefail
seconds=${1:?usage: run.sh SECONDS [FOLDER]}
here=$(cd "$(dirname "$0")" && pwd)
native="$here/../../dedup/kernels/native"
if ! command -v clang++ >/dev/null || ! echo 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }' |
    clang++ -fsanitize=fuzzer,address,undefined -x c++ - -o /dev/null 2>/dev/null; then
    echo "fuzzing is left out: there is no clang++ with libFuzzer here"
    exit 0
fi
work=${2:-$(mktemp -d)}
[ $# -ge 2 ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$work"

python3 "$native/make_table.py" "$work/match_key_table.inc"
flags=(-std=c++17 -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -I "$work")
wide=(-mavx2 -mbmi -mbmi2 -mlzcnt -mpopcnt)
wider=("${wide[@]}" -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vbmi -mavx512vbmi2)
has=()
objects=()
compile() { # name, source, flags
    clang++ "${flags[@]}" "${@:3}" -c "$2" -o "$work/$1.o"
    objects+=("$work/$1.o")
}
compile portable "$native/per_isa.cpp" -DDEDUP_ISA=portable
if [ "$(uname -m)" = x86_64 ]; then
    compile avx2 "$native/per_isa.cpp" -DDEDUP_ISA=avx2 "${wide[@]}"
    compile avx512 "$native/per_isa.cpp" -DDEDUP_ISA=avx512 "${wider[@]}"
    has=(-DDEDUP_HAS_AVX2 -DDEDUP_HAS_AVX512)
fi
for source in dispatch table jsonl sequence ledger; do
    compile "$source" "$native/$source.cpp" "${has[@]}"
done
for target in "$here"/fuzz_*.cpp; do
    name=$(basename "$target" .cpp)
    clang++ "${flags[@]}" -fsanitize=fuzzer "$target" "${objects[@]}" -pthread -o "$work/$name"
    mkdir -p "$work/corpus/$name" # what is found is kept there for the next run
    dictionary=()
    if [ -e "$here/$name.dict" ]; then dictionary=(-dict="$here/$name.dict"); fi
    echo "== $name, $seconds s"
    "$work/$name" -max_total_time="$seconds" -max_len=9000 -len_control=20 -timeout=25 -print_final_stats=0 \
        "${dictionary[@]}" -artifact_prefix="$work/$name-" "$work/corpus/$name" 2>"$work/$name.log" ||
        { tail -n 60 "$work/$name.log"; exit 1; }
    tail -n 1 "$work/$name.log"
done
