# SPDX-License-Identifier: Apache-2.0 OR MIT
# Shortcuts. Nothing here is needed: each recipe is a command that can be typed.

# List the recipes
default:
    @just --list

# Exactly what CI runs
check:
    sh ci/check.sh

# Every test of all workspaces, the system tests too
test *arguments:
    cargo test --locked --manifest-path os/Cargo.toml --workspace
    cargo test --locked --manifest-path signing/ceremony/Cargo.toml --workspace
    cargo build --locked --release --workspace --all-targets
    cargo test --locked --release --workspace {{arguments}}

# Build a recipe or an image
build what="qemu":
    cargo run --release -- build {{what}}

# Build an image and boot it in QEMU
boot image="qemu" *arguments:
    cargo run --release -- boot {{image}} {{arguments}}

# Format all Rust code
fmt:
    cargo fmt --all
    cargo fmt --manifest-path os/Cargo.toml --all
    cargo fmt --manifest-path signing/ceremony/Cargo.toml --all
    cargo fmt --manifest-path fuzz/Cargo.toml --all

# Form and lints only
lint:
    cargo fmt --all --check
    cargo fmt --manifest-path os/Cargo.toml --all --check
    cargo fmt --manifest-path signing/ceremony/Cargo.toml --all --check
    cargo fmt --manifest-path fuzz/Cargo.toml --all --check
    cargo clippy --locked --release --workspace --all-targets -- -D warnings
    cargo clippy --locked --manifest-path os/Cargo.toml --workspace --all-targets -- -D warnings
    cargo clippy --locked --manifest-path signing/ceremony/Cargo.toml --workspace --all-targets -- -D warnings

# Fuzz one target, or each in turn, for so many seconds; needs nightly and cargo-fuzz (CONTRIBUTING.md, "Fuzzing")
fuzz target="all" seconds="60":
    sh fuzz/run.sh {{target}} {{seconds}}

# The docs of the crates, the schemas of the file formats, and the manual pages
docs:
    RUSTDOCFLAGS='-D warnings' cargo doc --locked --release --workspace --no-deps
    cargo run --release -- schema project > docs/schema/project.json
    cargo run --release -- schema recipe > docs/schema/recipe.json
    cargo run --release -- schema seeds > docs/schema/seeds.json
    cargo run --release -- schema image > docs/schema/image.json
    cargo run --release -- steps > docs/steps.md
    cargo run --release -- man docs/man
    cargo run --release -- lints > docs/lints.md

# Licences, bans and sources of all dependencies, by cargo-deny
deny:
    cargo deny check bans licenses sources
    cargo deny --manifest-path os/Cargo.toml --config deny.toml check --allow license-not-encountered --allow license-exception-not-encountered bans licenses sources
    cargo deny --manifest-path signing/ceremony/Cargo.toml --config deny.toml check --allow license-not-encountered --allow license-exception-not-encountered bans licenses sources
    cargo deny --manifest-path fuzz/Cargo.toml --config deny.toml check --allow license-not-encountered --allow license-exception-not-encountered bans licenses sources

# Build everything in perturbed surroundings, and compare with ashlar.expected
reproduce image="qemu":
    cargo run --release -- reproduce --against-expected {{image}}

# What the sandbox, a large project, a large store, an idle build and a release cost (docs/benchmarks.md)
bench *arguments:
    cargo build --release
    cargo run --release -p ashlar-bench -- {{arguments}}

# A release, made again from an empty store with nothing but the sources that it carries; builds the kernel once more
audit:
    cargo build --locked --release
    cargo test --locked --release -p ashlar-system-tests --test image -- --ignored --exact rebuilt::a_release_is_rebuilt_from_a_clone_with_nothing_but_its_carried_sources

# The image `node`: all its packages built, booted, its services and its container judged
test-node:
    cargo build --locked --release
    cargo test --locked --release -p ashlar-system-tests --test node -- --ignored

# Our pages in a real browser, which is brought through ashlar.lock and run in the sandbox
test-browser:
    cargo build --locked --release
    cargo test --locked --release -p ashlar-system-tests --test browser -- --ignored

# The validators and scanners that tests/sbom-readers asks about our SBOM documents, pinned; nothing if they are there
sbom-readers:
    sh tests/sbom-readers/fetch.sh

# A build that is killed at a hundred random moments
test-kills:
    cargo build --locked --release
    cargo test --locked --release -p ashlar-system-tests --test behaviour -- --ignored killed_anywhere

# The jobs of a release, in this order (ci/release.sh says what each takes and leaves)
release-build:
    sh ci/release.sh build

# A second build, by another machine, gave the same
release-compare:
    sh ci/release.sh compare

# Keys, signatures, the release directory
release-ceremony:
    sh ci/release.sh ceremony

# All that needs no rebuild
release-verify:
    sh ci/release.sh verify

# From a fresh clone and an empty store
release-audit:
    sh ci/release.sh audit

# One version is one release for ever
release-publish:
    sh ci/release.sh publish
