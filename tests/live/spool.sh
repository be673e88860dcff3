# What is spooled survives the process that listened: the same command goes on to the same bytes.
. "$LIVE"

spool="spool $scratch/waiting 100M"

# --- a ring that takes nothing to speak of, and nothing is dropped
expect 0 live replay "$made" --on-overrun "$spool" -o all --ring 64K --rate 1000000
as_offline all/scan-0001
[ "$valued" -eq "$pixels" ] || fail "only $valued pixels have a value"
[ -z "$(ls waiting)" ] || fail "a mapped scan is still in the spool: $(ls waiting)"

# --- the listener dies when it has sent two blocks: the run ends and says how to go on
EEL_FAIL=after_send:2 EEL_FAIL_STAGE=ingest \
    live replay "$made" --on-overrun "$spool" -o killed --ring 64K --rate 1000000 >"$out" 2>"$err"
[ $? -eq 1 ] || fail "a dead listener did not end the run with 1"
no_progress
says "$err" "run the same command again to go on"
[ -s waiting/scan-0001.spool ] || fail "nothing is in the spool"
[ -e killed/scan-0001/report.json ] && fail "a run that was cut short has a report"
nothing_left

# --- again: first the scan that was cut short, then the next
EEL_FAIL='' live replay "$made" --on-overrun "$spool" -o killed --rate 1000000 >"$out" 2>"$err"
[ -s killed/scan-0001/report.json ] || fail "the scan in the spool was not gone on with"
accounted killed/scan-0001
as_offline killed/scan-0001
first=$valued
[ "$first" -gt 0 ] || fail "nothing of the spooled scan has a value"
[ $((first + $(counted killed/scan-0001 source-gap))) -eq "$pixels" ] || fail "pixels are neither"
as_offline killed/scan-0002
[ "$valued" -eq "$pixels" ] || fail "only $valued pixels of the next scan have a value"
[ -z "$(ls waiting)" ] || fail "a mapped scan is still in the spool: $(ls waiting)"

# --- one that was cut short before its store was made has its folder all the same
EEL_FAIL=after_recv:1 EEL_FAIL_STAGE=calibrate \
    live replay "$made" --on-overrun "$spool" -o early --rate 1000000 >"$out" 2>"$err"
[ $? -eq 1 ] || fail "a dead stage did not end the run with 1"
mkdir -p early/scan-0001 # as where the whole run is killed
EEL_FAIL='' expect 0 live replay "$made" --on-overrun "$spool" -o early --rate 1000000
[ "$(ls early)" = "scan-0001
scan-0002" ] || fail "of two scans there are $(ls early)"
as_offline early/scan-0001
[ "$valued" -eq "$pixels" ] || fail "only $valued pixels have a value"
[ -z "$(ls waiting)" ] || fail "a mapped scan is still in the spool: $(ls waiting)"

# --- a scan is mapped when its files are there: the writer dies, and the same command goes on out of the spool
EEL_FAIL=before_report:1 EEL_FAIL_STAGE=writer \
    live replay "$made" --on-overrun "$spool" -o unwritten --rate 1000000 >"$out" 2>"$err"
[ $? -eq 1 ] || fail "a dead writer did not end the run with 1"
says "$err" "run the same command again to go on"
[ -s waiting/scan-0001.spool ] || fail "a scan without maps is not in the spool any more"
EEL_FAIL='' expect 0 live replay "$made" --on-overrun "$spool" -o unwritten --rate 1000000
grep -q "were not written" "$err" && fail "a scan that was finished is called unfinished"
as_offline unwritten/scan-0001
[ "$valued" -eq "$pixels" ] || fail "only $valued pixels have a value"
[ -s unwritten/scan-0001/report.json ] || fail "the scan in the spool was not gone on with"
[ -z "$(ls waiting)" ] || fail "a mapped scan is still in the spool: $(ls waiting)"

# --- without a spool the next run says which command writes them
EEL_FAIL=before_report:1 EEL_FAIL_STAGE=writer \
    live replay "$made" --on-overrun drop-newest -o unfinished >"$out" 2>"$err"
[ $? -eq 1 ] || fail "a dead writer did not end the run with 1"
EEL_FAIL='' live replay "$made" --on-overrun drop-newest -o unfinished >"$out" 2>"$err"
says "$err" "$scratch/unfinished/scan-0001: is mapped, and its files were not written"
command=$(sed -n 's/.*written; eelstream \(.*\) writes them$/\1/p' "$err")
sh -c "$eelstream $command" || fail "the command that is named fails"
accounted unfinished/scan-0001
[ -s unfinished/scan-0001/report.json ] || fail "the command that is named wrote no report"

# --- what another command has begun is not taken: it is said whose it is, and what comes is mapped
EEL_FAIL=after_done:2 EEL_FAIL_STAGE=aggregate \
    live replay "$made" --on-overrun "$spool" -o begun --ring 64K --rate 1000000 >"$out" 2>"$err"
[ $? -eq 1 ] || fail "a dead stage did not end the run with 1"
says "$err" "scan 1: not mapped"
EEL_FAIL=''
waits() {
    [ -s waiting/scan-0001.spool ] || fail "the scan in the spool is gone"
    [ "$(ls waiting)" = "scan-0001.folder
scan-0001.spool" ] || fail "in the spool is $(ls waiting)"
    [ -e begun/scan-0001/report.json ] && fail "the scan in the spool was gone on with"
    nothing_left
}
expect 1 live replay "$made" --on-overrun "$spool" -o other
says "$err" "waiting/scan-0001.spool: belongs to $scratch/begun/scan-0001; give the same command as then, or delete it"
as_offline other/scan-0002
waits
expect 1 live replay "$made" --on-overrun "$spool" -o begun --offset 3
says "$err" "eelstream: scan 1: begun/scan-0001/store: begun with "
says "$err" "; give the same command as then, or delete $scratch/waiting/scan-0001.spool: not mapped"
grep -q -- --force "$err" && fail "the words advise what live does not have"
[ -s begun/scan-0002/report.json ] || fail "the next scan was not mapped"
waits

expect 0 live replay "$made" --on-overrun "$spool" -o begun
for scan in 1 3; do
    as_offline begun/scan-000$scan
    [ "$valued" -eq "$pixels" ] || fail "only $valued pixels of scan $scan have a value"
done

# --- what holds no scan is in nobody's way
: >waiting/scan-0007.spool
expect 0 live replay "$made" --on-overrun "$spool" -o killed
says "$err" "waiting/scan-0007.spool: is empty, nothing had come of its scan: removed"
echo garbage >waiting/scan-0008.spool
expect 1 live replay "$made" --on-overrun "$spool" -o killed
says "$err" "waiting/scan-0008.spool: no scan is described"
says "$err" "; passed over until it is deleted"
[ "$(ls waiting)" = scan-0008.spool ] || fail "in the spool is $(ls waiting)"
rm waiting/scan-0008.spool

# --- beyond MAX it drops, and says so
expect 1 live replay "$made" --on-overrun "spool $scratch/little 1200K" -o little --ring 64K \
    --rate 1000000
as_offline little/scan-0001
[ "$(counted little/scan-0001 overrun)" -eq $((pixels - valued)) ] || fail "drops are not named"
[ "$valued" -gt 0 ] || fail "nothing was kept"
nothing_left

# --- what was dropped is told from what never came by who goes on, too
least="spool $scratch/least 1200K"
EEL_FAIL=after_done:2 EEL_FAIL_STAGE=aggregate \
    live replay "$made" --on-overrun "$least" -o least.maps --ring 64K --rate 1000000 >"$out" 2>"$err"
[ $? -eq 1 ] || fail "a dead stage did not end the run with 1"
says "$err" "scan 1: not mapped"
EEL_FAIL=''
expect 1 live replay "$made" --on-overrun "$least" -o least.maps --rate 1000000
as_offline least.maps/scan-0001
[ "$valued" -gt 0 ] || fail "nothing was kept"
[ "$(counted least.maps/scan-0001 source-gap)" -eq 0 ] || fail "drops are called gaps of the source"
[ "$(counted least.maps/scan-0001 overrun)" -eq $((pixels - valued)) ] || fail "drops are not named"
nothing_left

# --- files that may not grow any more: so far it is mapped, and the reason said
(ulimit -f 1200 && expect 1 live replay "$made" --on-overrun "spool $scratch/short 1G" -o short.maps \
    --formats csv --ring 64K --rate 1000000) || exit 1
says "$err" "scan-0001.spool: File too large; spectra that cannot be spooled are dropped"
as_offline short.maps/scan-0001
[ "$(counted short.maps/scan-0001 overrun)" -eq $((pixels - valued)) ] || fail "drops are not named"
[ "$valued" -gt 0 ] || fail "nothing was kept"
nothing_left

# --- as a stage of any pipeline: what is mapped leaves, and what an earlier run left is in nobody's way
one_scan() {
    "$eelstream" run live.flow replay "$made" "$@" ingest.ring=64K ingest.rate=1000000
}
expect 0 one_scan one "ingest.on-overrun=$spool"
[ -z "$(ls waiting)" ] || fail "a mapped scan is still in the spool: $(ls waiting)"
EEL_FAIL=after_send:2 EEL_FAIL_STAGE=ingest one_scan cut "ingest.on-overrun=$spool" >"$out" 2>"$err"
[ $? -eq 1 ] || fail "a dead listener did not end the run with 1"
[ -s waiting/scan-0001.spool ] || fail "nothing is in the spool"
EEL_FAIL='' expect 0 one_scan again "ingest.on-overrun=$spool"
as_offline again
[ "$valued" -eq "$pixels" ] || fail "only $valued pixels have a value"
[ "$(ls waiting)" = scan-0001.spool ] || fail "in the spool is $(ls waiting)"
nothing_left

# --- a folder that cannot be made
expect 1 live replay "$made" --on-overrun "spool /no/such/folder 20G" -o none --rate 1000000
one_line "$err"
says "$err" "/no/such/folder: No such file or directory"
nothing_left
exit 0
