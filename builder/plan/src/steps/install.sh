# install: in, files, to, mode.
here=${0%.sh}
folder=$(cat "$here/in")
to=$OUT/$(cat "$here/to")
mkdir -p "$to"
while IFS= read -r file; do install -m "$(cat "$here/mode")" -- "$folder/$file" "$to/${file##*/}"; done <"$here/files"
