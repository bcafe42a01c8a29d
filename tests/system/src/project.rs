// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Small projects, as somebody would make them who builds on this one.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Call, Folder, checkout};

/// A project in a temporary folder outside of the checkout.
#[derive(Debug)]
pub struct Project {
    folder: Folder,
}

impl Project {
    /// One that uses the recipes and seed sets of the checkout, with a copy of its lock.
    ///
    /// # Panics
    /// If its files cannot be written.
    #[must_use]
    pub fn importing_the_checkout() -> Self {
        let project = Self { folder: Folder::temporary() };
        let import = relative(project.path(), &checkout());
        let text = format!(
            "[project]\nname = \"example\"\nsupplier = \"Organization: Example\"\nepoch = 1700000000\n\n[import.ashlar]\npath = \"{import}\"\n"
        );
        project.write("ashlar.toml", &text);
        fs::copy(checkout().join("ashlar.lock"), project.path().join("ashlar.lock")).expect("copy the lock");
        project
    }

    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes one of its files.
    ///
    /// # Panics
    /// If that fails.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a file in the project"))
            .expect("make a folder of the project");
        fs::write(path, text).expect("write a file of the project");
    }

    /// Writes a recipe: what every recipe says, then `rest`.
    pub fn recipe(&self, name: &str, rest: &str) {
        let head = format!(
            "[recipe]\nname = \"{name}\"\nversion = \"1\"\nsummary = \"A test\"\nlicense = \"MIT\"\nhomepage = \"https://example.org/\"\nsupplier = \"Organization: Example\"\npurl = \"pkg:generic/{name}@1\"\n\n"
        );
        self.write(&format!("recipes/{name}/recipe.toml"), &(head + rest));
    }

    /// Writes a recipe with the seed set `base`, further lines of `[build]`, one step, and one output that takes everything.
    pub fn simple_recipe(&self, name: &str, build: &str, step: &str) {
        self.recipe(
            name,
            &format!(
                "[build]\nseeds = [\"base\"]\n{build}\n[[build.step]]\nrun = '''\n{step}\n'''\n\n[[output]]\nname = \"runtime\"\npaths = [\"**\"]\n"
            ),
        );
    }

    /// A call of the binary in this project with a store.
    #[must_use]
    pub fn ashlar(&self, store: &Path) -> Call {
        let mut call = Call::ashlar();
        call = call.args(["--store"]).arg(store).working_folder(self.path());
        call
    }
}

/// `to`, written from `from`, as `[import]` wants it.
fn relative(from: &Path, to: &Path) -> String {
    let up = from.components().count() - 1;
    let mut path: PathBuf = std::iter::repeat_n("..", up).collect();
    path.push(to.strip_prefix("/").expect("an absolute path"));
    path.to_str().expect("a checkout whose path is text").to_owned()
}
