#!/bin/sh
# What documents refer to exists: every link leads to a file, every document is in a test or has no
# command, every message that docs/troubleshooting.md explains is one that a program says.
set -u
cd "$1" || exit 1
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

for document in README.md CONTRIBUTING.md docs/*.md docs/decisions/*.md; do
    for target in $(grep -o '](\([^)#]*\)' "$document" | sed 's/^](//' | grep -v '^[a-z]*:'); do
        [ -e "$(dirname "$document")/$target" ] || fail "$document: nothing is at $target"
    done
done

for document in README.md docs/*.md; do
    [ -n "$(awk -f tests/docs/commands.awk "$document")" ] || continue
    grep -q "$document" tests/docs/CMakeLists.txt || fail "$document has commands that no test runs"
done

# Headings of the form "### `words … words`": the words between the places for names are in the source.
sed -n 's/^### `\(.*\)`$/\1/p' docs/troubleshooting.md >"${TMPDIR:-/tmp}/eelwords.$$"
trap 'rm -f "${TMPDIR:-/tmp}/eelwords.$$"' EXIT
messages=0
while IFS= read -r message; do
    messages=$((messages + 1))
    rest=$message
    while [ -n "$rest" ]; do
        part=${rest%%…*}
        [ "$part" = "$rest" ] && rest= || rest=${rest#*…}
        part=$(printf %s "$part" | sed 's/^[ :]*//; s/[ :]*$//')
        [ -z "$part" ] && continue
        # long string constants are broken over lines: joined before looking
        cat lib/*/*.c stages/*.c stages/*/*.c pipelines/*.c | tr -d '\n' | sed 's/"  *"//g' | grep -qF -- "$part" ||
            fail "docs/troubleshooting.md: no program says '$part'"
    done
done <"${TMPDIR:-/tmp}/eelwords.$$"
[ $messages -gt 10 ] || fail "docs/troubleshooting.md explains only $messages messages"
echo "$messages messages"
exit $failed
