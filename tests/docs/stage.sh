# The stage and the pipeline of docs/adding-a-stage.md do what the page says.
. "$CLI"

page=$(dirname "$CLI")/../../docs/adding-a-stage.md
cp "$eelstream" bin # it looks for stages where it stands
for stage in reader calibrate infer aggregate writer; do
    cp "$EEL_BIN/eelstream-$stage" bin
done
cp "$EEL_BIN/tests/docs/eelstream-smooth" bin
ln -s "$EEL_BIN/share" bin/share
sed -n 's/^    \(reader  \|calibrate$\|smooth  \|infer x4\|aggregate  \|writer  \)/\1/p' "$page" >smooth.flow
[ "$(wc -l <smooth.flow)" -eq 6 ] || fail "the page has no pipeline of six stages"

expect 0 "$eelstream" synth --phantom scan.hspy
mkdir maps
expect 0 bin/eelstream run --workers 1 smooth.flow scan.hspy maps
expect 0 "$eelstream" verify maps
says maps/report.json '"stage": "smooth"'
expect 2 bin/eelstream smooth --reach 5000
one_line "$err"
expect 0 bin/eelstream smooth --help
says "$out" "so many neighbours on either side [1]"
nothing_left
