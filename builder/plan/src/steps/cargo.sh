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
while IFS= read -r program; do
    install -D -m 755 "$target/$(cat "$here/rust-target")/release/$program" "$OUT/usr/bin/$program"
done <"$here/programs"
