// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Names that are told apart: archives and ELF files may hold several things of one name.

use std::collections::BTreeMap;

/// The names that are taken, each with the number that was given last for it.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeMap<String, usize>);

impl Names {
    /// Takes `name`, or `name#2` and so on where it is taken. As quick for the last of many as for the second: whoever made the file
    /// chose the names.
    pub(crate) fn take(&mut self, name: &str) -> String {
        let numbered = |number: usize| if number == 1 { name.to_owned() } else { format!("{name}#{number}") };
        let mut number = self.0.get(name).map_or(1, |given| given + 1);
        while number > 1 && self.0.contains_key(&numbered(number)) {
            number += 1;
        }
        let taken = numbered(number);
        self.0.insert(taken.clone(), 1);
        self.0.insert(name.to_owned(), number);
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_of_one_name_are_numbered_and_never_share_one() {
        let mut names = Names::default();
        let taken: Vec<String> =
            ["a", "a#2", "a", "a", "a#2", "b"].iter().map(|name| names.take(name)).collect();
        assert_eq!(taken, ["a", "a#2", "a#3", "a#4", "a#2#2", "b"]);
    }

    #[test]
    fn an_archive_of_one_name_over_and_over_takes_no_time() {
        let mut names = Names::default();
        let last = (0..200_000).map(|_| names.take("a")).last();
        assert_eq!(last.as_deref(), Some("a#200000"));
    }
}
