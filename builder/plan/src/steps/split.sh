# split: debug, triple.
here=${0%.sh}
triple=$(cat "$here/triple")
debug=$(cat "$here/debug")
# libtool's own descriptions name paths of the build.
find "$OUT" -name '*.la' -type f -delete
find "$OUT" -path "$OUT/usr/lib/debug" -prune -o -type f -print | LC_ALL=C sort | while IFS= read -r file; do
    case $(head -c 8 "$file" | od -An -c | tr -d ' \n') in
    '!<arch>\n') "$triple-strip" --strip-debug --enable-deterministic-archives "$file" ;;
    '177ELF'*)
        # Objects that are linked later keep their symbols.
        if "$triple-readelf" -hW "$file" | grep -q 'Type: *REL '; then
            "$triple-strip" --strip-debug "$file"
            continue
        fi
        if [ "$debug" = true ]; then
            kept=$OUT/usr/lib/debug/${file#"$OUT"/}.debug
            mkdir -p "${kept%/*}"
            "$triple-objcopy" --only-keep-debug "$file" "$kept"
        fi
        "$triple-strip" --strip-all "$file"
        if [ "$debug" = true ]; then
            (cd "${kept%/*}" && "$triple-objcopy" --add-gnu-debuglink="${kept##*/}" "$file")
        fi
        ;;
    esac
done
