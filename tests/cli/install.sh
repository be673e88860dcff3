# What `cmake --install` puts in a folder works from there, and from wherever it is moved to.
. "$CLI"

expect 0 cmake --install "$EEL_BIN" --prefix "$scratch/first"
mv first moved
[ "$(moved/bin/eelstream --version)" = "$("$eelstream" --version)" ] || fail "another version"
expect 0 moved/bin/eelstream --help
cp "$out" installed
expect 0 "$eelstream" --help
cmp installed "$out" || fail "the installed command offers something else"
for stage in $(ls moved/libexec/eelstream); do
    expect 0 moved/bin/eelstream "${stage#eelstream-}" --help
done
expect 0 moved/bin/eelstream synth --phantom phantom.hspy
expect 0 moved/bin/eelstream identify phantom.hspy
for flow in core-loss train calibrate score; do
    expect 2 moved/bin/eelstream run $flow.flow
    says "$err" "moved/bin/../share/eelstream/$flow.flow: uses \$"
done
ln -s moved/bin/eelstream linked
expect 2 ./linked run core-loss.flow
says "$err" "moved/bin/../share/eelstream/core-loss.flow: uses \$"
for file in man/man1/eelstream-map.1 bash-completion/completions/eelstream; do
    [ -s "moved/share/$file" ] || fail "share/$file is not installed"
done
