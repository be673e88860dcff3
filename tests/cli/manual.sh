# Every command has a manual page that names each option of its --help, in a form that man and
# mandoc like.
. "$CLI"

pages=$EEL_BIN/man/man1
expect 0 "$eelstream" --complete
commands=$(cut -f1 "$out")
for command in $commands; do
    page=$pages/eelstream-$command.1
    [ -s "$page" ] || fail "no manual page of $command"
    says "$pages/eelstream.1" "$command"
    expect 0 "$eelstream" "$command" --help
    missing=$(awk 'NR == FNR { gsub(/\\f.|\\/, ""); gsub(/\[=/, " "); page = page "\n" $0 " "; next }
                   match($0, /^  (-.,|   ) --[a-z-]+/) {
                       option = substr($0, RSTART, RLENGTH); sub(/.* /, "", option)
                       if (!index(page, option " ")) print option
                   }' "$page" "$out")
    [ -z "$missing" ] || fail "the page of $command lacks $missing"
done

checked=
if command -v groff >/dev/null; then
    checked=groff
    expect 0 groff -man -K utf8 -ww -Tutf8 "$pages"/*.1
    [ -s "$err" ] && fail "groff warns"
fi
if command -v mandoc >/dev/null; then
    checked=mandoc
    mandoc -T lint -W warning "$pages"/*.1 >lint # pages have no date: the same source, the same bytes
    grep -v 'missing date' lint >"$out" && fail "mandoc warns"
fi
[ -n "$checked" ] || { echo "the pages are there; neither groff nor mandoc is, to check their form"; exit 77; }
exit 0
