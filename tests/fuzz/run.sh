#!/bin/sh
# run.sh - looks for bytes that break a target, with clang's libFuzzer.
#
#     tests/fuzz/run.sh TARGET [SECONDS]       one of the targets fuzz_TARGET.c; 600 s
#
# What is learned stays in build/fuzz/corpus/TARGET for the next time. A find is written to
# build/fuzz/crash-…: mend what it breaks, and put it into tests/fuzz/found/TARGET/.
# The reader begins with the small files of ../shared/data too, where these are.
set -eu
cd "$(dirname "$0")/../.."
target=${1:?usage: tests/fuzz/run.sh TARGET [SECONDS]}
build=build/fuzz corpus=build/fuzz/corpus/$target seeds=build/fuzz/seeds

cmake --preset fuzz >"/tmp/fuzz-cmake.$$" || { cat "/tmp/fuzz-cmake.$$"; exit 1; }
rm "/tmp/fuzz-cmake.$$"
cmake --build $build --target make_seeds "fuzz_$target" -- --quiet
mkdir -p "$corpus" $seeds
$build/make_seeds $seeds . 2>/dev/null
set -- "$corpus" "$seeds/$target" "${2:-600}"
[ -d "tests/fuzz/found/$target" ] && set -- "$1" "$2" "$3" "tests/fuzz/found/$target"
if [ "$target" = reader ] && [ -d ../shared/data ]; then
    mkdir -p $seeds/shared
    find ../shared/data -type f -size -48k ! -name '*.md' ! -name '*.json' \
        -exec cp -n {} $seeds/shared/ \;
    set -- "$@" $seeds/shared
fi
corpus=$1 seeds=$2 seconds=$3
shift 3
export ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=1
exec nice -n 15 "$build/fuzz_$target" -max_total_time="$seconds" -max_len=65536 -timeout=20 \
    -rss_limit_mb=2048 -malloc_limit_mb=1024 -artifact_prefix=$build/ -print_final_stats=1 \
    -close_fd_mask=0 "$corpus" "$seeds" "$@"
