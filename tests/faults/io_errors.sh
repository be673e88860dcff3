# What a disk does in the middle of a run: it fills up where no room could be reserved, or breaks.
# Clear words, nothing acknowledged that is not there, and the same command goes on.
. "$FAULTS"

# breaks CALL:N:ERROR STAGE WORDS: that call of the stage, and each after it, fails.
breaks() {
    outdir=broken-$2-$(echo "$1" | tr : -)
    LD_PRELOAD=$FAIL_IO_SO FAIL_IO=$1 FAIL_IO_STAGE=$2 ASAN_OPTIONS=verify_asan_link_order=0 \
        "$eelstream" map "$phantom" -o "$outdir" --workers 2 >"$out" 2>"$err"
    [ $? -eq 1 ] || fail "$2 with $1 did not end the run with 1"
    says "$err" "$3"
    nothing_half_written "$outdir"
    nothing_left
    goes_on "$outdir"
}

breaks pwrite:1:ENOSPC aggregate "store/sums: No space left on device"
breaks pwrite:3:ENOSPC aggregate "No space left on device"
breaks pwrite:6:EIO aggregate "Input/output error"
breaks fdatasync:1:EIO aggregate "Input/output error"
breaks fdatasync:4:ENOSPC aggregate "No space left on device"
breaks pread:60:EIO reader "damaged HDF5 file: its values cannot be read"
exit 0
