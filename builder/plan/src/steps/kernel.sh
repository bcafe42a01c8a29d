# kernel: in, fragments, targets, devel.
here=${0%.sh}
cd "$(cat "$here/in")"
# Options that no fragment names are off. A later fragment overrides an earlier one.
cat "/sources/$(cat "$here/fragments")"/*.config >fragments.config
make KCONFIG_ALLCONFIG=fragments.config allnoconfig
KBUILD_BUILD_TIMESTAMP=$(date --date="@$SOURCE_DATE_EPOCH")
export KBUILD_BUILD_TIMESTAMP
set --
while IFS= read -r word; do set -- "$@" "$word"; done <"$here/targets"
make -j"$JOBS" "$@"
mkdir -p "$OUT/boot"
cp "$(make -s image_name)" System.map "$OUT/boot/"
cp .config "$OUT/boot/config"
# Not by `make modules_install`: it would sign, and there is no key.
if [ -e modules.order ]; then
    modules=$OUT/usr/lib/modules/$(cat include/config/kernel.release)
    mkdir -p "$modules"
    cp modules.order modules.builtin modules.builtin.modinfo "$modules/"
    sed 's/\.o$/.ko/' modules.order | while IFS= read -r module; do
        install -D -m 644 "$module" "$modules/kernel/$module"
        strip --strip-debug "$modules/kernel/$module"
    done
fi
# What modules outside of the tree are built against.
if [ "$(cat "$here/devel")" = true ]; then
    srctree=. SRCARCH=x86 CC=gcc HOSTCC=gcc MAKE=make sh scripts/package/install-extmod-build "$OUT/kernel-devel"
    cp .config System.map "$OUT/kernel-devel/"
fi
