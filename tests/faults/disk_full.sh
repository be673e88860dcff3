# A full disk: one clear line, nothing half-written, and the run goes on when there is room.
# A small file system is mounted for it, in a name space of its own.
if [ -z "${MOUNTED:-}" ]; then
    unshare --mount true 2>/dev/null || unshare --map-root-user --mount true 2>/dev/null || {
        echo "SKIPPED: a file system cannot be mounted here"
        exit 77
    }
    MOUNTED=1
    export MOUNTED
    [ "$(id -u)" -eq 0 ] && exec unshare --mount sh "$0"
    exec unshare --map-root-user --mount sh "$0"
fi
. "$FAULTS"

mkdir disk
mount -t tmpfs -o size=100k tmpfs disk 2>/dev/null || {
    echo "SKIPPED: a file system cannot be mounted here"
    exit 77
}
trap 'umount disk; rm -rf "$scratch"' EXIT

# --- no room for the store: that is said at the start, and nothing stays
expect 1 map disk/maps
no_progress
one_line "$err"
says "$err" "No space left on device"
[ -z "$(ls disk)" ] || fail "a run without room left $(ls -R disk)"
nothing_left

# --- room for the store and not for the maps: the store is whole, and no result is there in part
mount -o remount,size=300k disk
expect 1 map disk/maps
no_progress
one_line "$err"
says "$err" "disk/maps/"
[ "$(ls -A disk/maps)" = store ] || fail "a full disk left $(ls -A disk/maps)"
[ "$(tr -d '\001' <disk/maps/store/states | wc -c)" -eq 0 ] || fail "a pixel is not durable"
nothing_left

# --- with room again it goes on
mount -o remount,size=10m disk
goes_on disk/maps
exit 0
