# cargo: in, crates, package, features, default-features, programs.
here=${0%.sh}
folder=$(cat "$here/in")
target=/build/target
export CARGO_HOME=/build/.cargo
mkdir -p "$CARGO_HOME"
# A source's name has no character that TOML could misread.
printf '[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "/sources/%s"\n' "$(cat "$here/crates")" \
    >"$CARGO_HOME/config.toml"
set -- --package "$(cat "$here/package")"
while IFS= read -r word; do set -- "$@" --features "$word"; done <"$here/features"
if [ "$(cat "$here/default-features")" = false ]; then set -- "$@" --no-default-features; fi
cargo build --manifest-path "$folder/Cargo.toml" --target-dir "$target" --release --locked --offline --jobs "$JOBS" "$@"
# Which crates were linked in, as cargo-auditable has it: JSON in a zlib stream (RFC 1950), in the section .dep-v0.
cargo tree --manifest-path "$folder/Cargo.toml" --locked --offline --target "$(cat "$here/rust-target")" \
    --edges normal,no-proc-macro --prefix none --format '{p}' "$@" >/build/crates
# The order is cargo's, which is that of the lock; a crate that stands in several places is named once.
awk -v root="$(cat "$here/package")" '
    !seen[$1 " " $2]++ {
        source = $3 ~ /^\(\// ? "local" : "crates" "." "io"
        printf "%s{\"name\":\"%s\",\"version\":\"%s\",\"source\":\"%s\"%s}",
            n++ ? "," : "{\"packages\":[", $1, substr($2, 2), source, $1 == root ? ",\"root\":true" : ""
    }
    END { printf "]}" }' /build/crates >/build/crates.json
checksum=$(od -An -v -tu1 /build/crates.json | awk '
    BEGIN { a = 1 }
    { for (i = 1; i <= NF; i++) { a = (a + $i) % 65521; b = (b + a) % 65521 } }
    END { printf "\\%03o\\%03o\\%03o\\%03o", b / 256, b % 256, a / 256, a % 256 }')
{
    printf '\170\234'
    # A gzip stream without its head of 10 bytes and its tail of 8.
    gzip -9nc /build/crates.json | tail -c +11 | head -c -8
    printf "$checksum"
} >/build/dep-v0
while IFS= read -r program; do
    install -D -m 755 "$target/$(cat "$here/rust-target")/release/$program" "$OUT/usr/bin/$program"
    x86_64-linux-musl-objcopy --add-section .dep-v0=/build/dep-v0 "$OUT/usr/bin/$program"
done <"$here/programs"
