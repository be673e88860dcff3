# random - numbers for tests that say which seed they began with. SEED=N repeats one.

seed=${SEED:-$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')}
echo "SEED=$seed"
state=$((seed + 1))

# random N: 0 … N - 1 in $drawn, from the generator of Park and Miller (CACM 31, 1988).
random() {
    state=$((state * 48271 % 2147483647))
    drawn=$((state % $1))
}
