# meson: in, options.
here=${0%.sh}
folder=$(cat "$here/in")
triple=$(cat "$here/triple")
cpu=${triple%%-*}
build=/build/$(basename "$folder")-meson
cross=$build.ini
{
    printf '[binaries]\n'
    for name in c=cc cpp=c++ ar=ar nm=nm strip=strip objcopy=objcopy readelf=readelf; do
        printf "%s = '%s-%s'\n" "${name%%=*}" "$triple" "${name#*=}"
    done
    printf "pkg-config = 'pkg-config'\n[host_machine]\nsystem = 'linux'\ncpu_family = '%s'\ncpu = '%s'\nendian = 'little'\n" "$cpu" "$cpu"
} >"$cross"
set -- --cross-file="$cross" --prefix=/usr --libdir=lib --sysconfdir=/etc --localstatedir=/var --buildtype=plain --wrap-mode=nodownload
while IFS= read -r word; do set -- "$@" "$word"; done <"$here/options"
meson setup "$build" "$folder" "$@"
ninja -C "$build" -j "$JOBS"
DESTDIR="$OUT" meson install -C "$build" --no-rebuild
