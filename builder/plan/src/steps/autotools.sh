# autotools: in, configure, make, install.
here=${0%.sh}
cd "$(cat "$here/in")"
set -- --host="$(cat "$here/triple")" --prefix=/usr --libdir=/usr/lib --sysconfdir=/etc --localstatedir=/var
while IFS= read -r word; do set -- "$@" "$word"; done <"$here/configure"
./configure "$@"
set --
while IFS= read -r word; do set -- "$@" "$word"; done <"$here/make"
make -j"$JOBS" "$@"
set --
while IFS= read -r word; do set -- "$@" "$word"; done <"$here/install"
make "$@" DESTDIR="$OUT"
# libtool's own descriptions name paths of the build.
find "$OUT" -name '*.la' -type f -delete
