#!/bin/sh
# mutants.sh - does the suite notice? Builds the sources with one fault put in at a time (mutants/*.patch)
# and runs the tests that should fail then. Not part of the default suite: it takes some minutes.
#
#     tests/faults/mutants.sh [NAME…]      exit status 0: every fault was caught
set -u
command -v patch >/dev/null || { echo "mutants.sh: 'patch' is not installed" >&2; exit 1; }
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/eelmutants.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
suite='^(custody|intake|shared|flow|deaths|store|power_cut|aggregate)$'
targets='test_custody test_intake test_shared test_flow test_deaths test_store test_power_cut test_aggregate'

mkdir "$work/tree"
(cd "$root" && tar -cf - --exclude=./build --exclude=./.git .) | tar -xf - -C "$work/tree"
cd "$work/tree" || exit 1
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release >"$work/log" || { cat "$work/log"; exit 1; }

# tried: builds and runs the suite; the names of the tests that failed.
tried() {
    cmake --build build --target $targets >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    ctest --test-dir build -R "$suite" --timeout 60 >"$work/log" 2>&1
    sed -n 's/.*[0-9] - \([a-z_]*\) (.*/\1/p' "$work/log" | tr '\n' ' '
}

failures=$(tried) || exit 1
[ -z "$failures" ] || { echo "without any fault: $failures"; exit 1; }
missed=0
for patch in tests/faults/mutants/*.patch; do
    name=$(basename "$patch" .patch)
    case " ${*:-$name} " in *" $name "*) ;; *) continue ;; esac
    patch -s -p1 <"$patch" || exit 1
    failures=$(tried) || exit 1
    echo "$name: $(head -n 1 "$patch"): ${failures:-NOT CAUGHT}"
    [ -n "$failures" ] || missed=1
    patch -s -R -p1 <"$patch" || exit 1
done
exit $missed
