#!/bin/sh
# Every command in a document does what the document says: it is run, in a scratch folder beside
# small made data, and must end with status 0.
#
#     commands.sh DOCUMENT.md
#
# The folder has scan.hspy, a phantom, and scan.dm3, scan.dm4, spectrum.msa and labels made of it; a
# document's own commands make the rest. Commands that are marked long or elsewhere (commands.awk) are
# printed and counted, not run.
. "$CLI"

root=$(cd "$(dirname "$CLI")/../.." && pwd)
document=$1
tab=$(printf '\t')
awk -f "$root/tests/docs/commands.awk" "$root/$document" >commands
[ -s commands ] || fail "$document has no command"

mkdir work bin/ 2>/dev/null
cat >bin/eelstream <<END
#!/bin/sh
exec "$eelstream" "\$@"
END
chmod +x bin/eelstream
PATH=$scratch/bin:$PATH
cd work || exit 1
eelstream synth --phantom scan.hspy >"$out" 2>"$err" && "$EEL_BIN/make_examples" >>"$out" 2>>"$err" ||
    fail "the example files cannot be made"
printf 'file,elements\nspectrum.msa,Si;N\n' >labels.csv
mkdir build && ln -s "$EEL_BIN" build/release
ln -s "$root/bench" "$root/tests" . 2>/dev/null

run=0 left=0 line=0
while IFS=$tab read -r at mark command; do
    case $mark in
    long | elsewhere)
        echo "$document:$at: not run ($mark): $command"
        left=$((left + 1))
        continue
        ;;
    esac
    sh -c "$command" >"$out" 2>"$err" </dev/null
    status=$?
    case $mark:$status in
    fails:[12]) ;;
    run:0) ;;
    *) fail "$document:$at: '$command' ended with $status" ;;
    esac
    run=$((run + 1))
done <../commands
echo "$document: $run commands run, $left not run"
[ $run -gt 0 ] || { echo "$document: all its commands are long or need other machines"; exit 77; }
exit 0
