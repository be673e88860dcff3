# What cpack makes of this build holds everything, names what it needs, and is refused for one
# processor alone. tests/package/chroot.sh builds the package that ships and runs it in a bare Debian.
. "$CLI"

command -v dpkg-shlibdeps >/dev/null || { echo "no dpkg-shlibdeps here, package dpkg-dev"; exit 77; }

if grep -q '^EEL_ARCH:.*=native$' "$EEL_BIN/CMakeCache.txt"; then
    (cd "$scratch" && cpack --config "$EEL_BIN/CPackConfig.cmake" -B refused) >"$out" 2>&1 &&
        fail "a build for this processor alone becomes a package"
    grep -q "EEL_ARCH is native" "$out" || fail "it does not say why"
fi

expect 0 cpack --config "$EEL_BIN/CPackConfig.cmake" -B made -D CPACK_EEL_ARCH=any-for-this-test
deb=$(ls made/*.deb) || fail "no package was made"
dpkg-deb --fsys-tarfile "$deb" | tar -t >"$out"
for file in bin/eelstream libexec/eelstream/eelstream-infer share/eelstream/core-loss.flow \
    share/eelstream/edges.txt share/eelstream/models/core-loss-20.h5 share/man/man1/eelstream-map.1.gz \
    share/bash-completion/completions/eelstream share/doc/eelstream/copyright \
    share/doc/eelstream/changelog.gz; do
    grep -qx "./usr/$file" "$out" || fail "usr/$file is not in the package"
done
for stage in $(cd "$EEL_BIN" && ls | grep '^eelstream-'); do
    grep -qx "./usr/libexec/eelstream/$stage" "$out" || fail "$stage is not in the package"
done
grep -v '^\./usr/\|^\./$\|^\./usr$' "$out" && fail "the package puts files beside usr/"
dpkg-deb --field "$deb" >fields
cp fields "$out"
for library in libc6 libzmq5 libhdf5 libtiff6 libcairo2 libjansson4 libmsgpackc2 libcbor0.8 liblz4-1; do
    grep '^Depends:' fields | grep -q "$library" || fail "the package does not depend on $library"
done
grep -q '^Depends:.*-dev' fields && fail "the package depends on what only a build needs"

if command -v lintian >/dev/null; then
    # the project has no mail host of its own
    lintian --suppress-tags bogus-mail-host --fail-on error "$deb" >"$out" 2>&1 || fail "lintian has errors"
fi
exit 0
