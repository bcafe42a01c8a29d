# kernel-module: in, modules.
here=${0%.sh}
folder=$(cat "$here/in")
cp -r /kernel-devel /build/kernel-devel
# Upstream's Makefile may ask for DKMS and for the kernel that runs; kbuild prefers a Kbuild file. It writes into the tree that it builds
# against. Not `make modules_install`: it would sign, and there is no key.
while IFS= read -r module; do echo "obj-m += $module.o"; done <"$here/modules" >"$folder/Kbuild"
make -C /build/kernel-devel -j"$JOBS" M="$folder" modules
extra=$OUT/usr/lib/modules/$(cat /build/kernel-devel/include/config/kernel.release)/extra
mkdir -p "$extra"
while IFS= read -r module; do strip --strip-debug -o "$extra/$module.ko" "$folder/$module.ko"; done <"$here/modules"
