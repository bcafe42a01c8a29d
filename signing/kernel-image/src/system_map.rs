// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `System.map`: the addresses of a kernel's symbols, one line `address type name` for each, as `nm -n` prints them.

use crate::error::KernelImageError;

/// All symbols of a kernel.
#[derive(Debug)]
pub(crate) struct SystemMap<'a>(Vec<(u64, &'a str)>);

impl<'a> SystemMap<'a> {
    /// Reads every line; one that has another form is an error.
    pub(crate) fn parse(text: &'a str) -> Result<Self, KernelImageError> {
        let lines = (1..).zip(text.lines());
        let symbols = lines.map(|(line, text)| symbol(text).ok_or(KernelImageError::SystemMap { line }));
        Ok(Self(symbols.collect::<Result<_, _>>()?))
    }

    /// The address of the only symbol of this name.
    pub(crate) fn address(&self, name: &'static str) -> Result<u64, KernelImageError> {
        let place = "System.map";
        self.find(name)?.ok_or(KernelImageError::MissingSymbol { symbol: name, place })
    }

    /// The address of the only symbol of this name, if there is one.
    pub(crate) fn find(&self, name: &'static str) -> Result<Option<u64>, KernelImageError> {
        let mut named = self.0.iter().filter(|(_, other)| *other == name).map(|(address, _)| *address);
        let first = named.next();
        match named.next() {
            Some(_) => Err(KernelImageError::AmbiguousSymbol { symbol: name, place: "System.map" }),
            None => Ok(first),
        }
    }

    /// The lowest address of a symbol above `address`.
    pub(crate) fn next_after(&self, address: u64) -> Option<u64> {
        self.0.iter().map(|(other, _)| *other).filter(|other| *other > address).min()
    }
}

fn symbol(line: &str) -> Option<(u64, &str)> {
    let (address, rest) = line.split_once(' ')?;
    let (kind, name) = rest.split_once(' ')?;
    let hex = address.len() == 16 && address.bytes().all(|digit| digit.is_ascii_hexdigit());
    let named = kind.len() == 1 && !name.is_empty() && !name.contains(' ');
    let address = u64::from_str_radix(address, 16).ok()?;
    (hex && named).then_some((address, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_by_the_whole_name() {
        let map = SystemMap::parse(
            "0000000000000000 A fixed_percpu_data\nffffffff82000000 d __cert_list_start\n\
             ffffffff82000000 D system_certificate_list\nffffffff82000010 D system_certificate_list_size\n",
        )
        .unwrap();
        assert_eq!(map.address("system_certificate_list").unwrap(), 0xffff_ffff_8200_0000);
        assert_eq!(map.find("system").unwrap(), None);
        assert_eq!(map.next_after(0xffff_ffff_8200_0000), Some(0xffff_ffff_8200_0010));
        assert_eq!(map.next_after(0xffff_ffff_8200_0010), None);
        let missing = map.address("system_extra_cert").unwrap_err();
        assert!(matches!(missing, KernelImageError::MissingSymbol { symbol: "system_extra_cert", .. }));
    }

    #[test]
    fn a_symbol_that_stands_there_twice_is_refused() {
        let map = SystemMap::parse("0000000000000001 D twice\n0000000000000002 D twice\n").unwrap();
        let error = map.find("twice").unwrap_err();
        assert!(matches!(error, KernelImageError::AmbiguousSymbol { symbol: "twice", place: "System.map" }));
    }

    #[test]
    fn a_line_of_another_form_is_named() {
        for line in [
            "",
            "ffffffff82000000",
            "ffffffff82000000 D",
            "ffffffff82000000 D ",
            "ffffffff82000000 DD name",
            "ffffffff8200000 D name",
            "0xffffffff8200000 D name",
            "+fffffff82000000 D name",
            "ffffffff82000000 D two names",
        ] {
            let text = format!("0000000000000001 D good\n{line}\n");
            let error = SystemMap::parse(&text).unwrap_err();
            assert!(matches!(error, KernelImageError::SystemMap { line: 2 }), "{line:?}: {error:?}");
        }
    }
}
