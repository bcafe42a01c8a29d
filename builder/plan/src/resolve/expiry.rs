// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What held until a day: compared with the source epoch, so that an old release stays as it was, and nobody's clock decides.

use ashlar_recipe::{Attribute, Date, ImageDefinition, Recipe};

use crate::PlanError;

/// Fails for the first exception or attribute of `recipe` that is over at `epoch`.
pub(super) fn of_recipe(recipe: &Recipe, epoch: u64) -> Result<(), PlanError> {
    let whose = format!("recipe {}", recipe.name);
    for output in &recipe.outputs {
        for exception in &output.exceptions {
            let what = || format!("the exception of output {} from `{}`", output.name, exception.rule.id());
            check(&whose, what, exception.until, epoch)?;
        }
        attributes(&whose, &output.attributes, epoch)?;
    }
    Ok(())
}

/// Fails for the first attribute of the image's root that is over at `epoch`.
pub(super) fn of_image(image: &ImageDefinition, epoch: u64) -> Result<(), PlanError> {
    attributes(&format!("image {}", image.name), &image.root.attributes, epoch)
}

fn attributes(whose: &str, attributes: &[Attribute], epoch: u64) -> Result<(), PlanError> {
    attributes.iter().try_for_each(|attribute| {
        check(whose, || format!("the attribute of {}", attribute.path), attribute.until, epoch)
    })
}

fn check(whose: &str, what: impl Fn() -> String, until: Option<Date>, epoch: u64) -> Result<(), PlanError> {
    let now = i64::try_from(epoch).unwrap_or(i64::MAX);
    match until.filter(|until| until.is_over(now)) {
        Some(until) => {
            Err(PlanError::Expired { whose: whose.to_owned(), what: what(), until, epoch: Date::of(now) })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_recipe::SourceFile;

    fn recipe(more: &str) -> Recipe {
        let text = format!(
            r#"
            [recipe]
            name = "x"
            version = "1"
            summary = "A thing"
            license = "MIT"
            homepage = "https://x.example/"
            supplier = "Organization: X"
            purl = "pkg:generic/x@1"
            [build]
            step = [{{ run = "true" }}]
            [[output]]
            name = "runtime"
            paths = ["**"]
            {more}
            "#
        );
        Recipe::parse(SourceFile::new("recipe.toml", text.as_str())).unwrap()
    }

    #[test]
    fn what_held_until_a_day_holds_to_its_end_by_the_source_epoch() {
        let exception =
            "[[output.exception]]\nrule = \"stripped\"\npaths = [\"x\"]\nbecause = \"y\"\nuntil = 2023-11-14";
        let attribute =
            "[[output.attribute]]\npath = \"x\"\nmode = \"4755\"\nbecause = \"y\"\nuntil = 2023-11-14";
        let midnight = 1_700_006_400;
        for (more, what) in [
            (exception, "the exception of output runtime from `stripped`"),
            (attribute, "the attribute of x"),
        ] {
            assert!(of_recipe(&recipe(more), midnight - 1).is_ok(), "{more}");
            let error = of_recipe(&recipe(more), midnight).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("plan recipe x: {what} held until 2023-11-14, and the source epoch is 2023-11-15")
            );
            assert!(error.help().is_some());
        }
        assert!(of_recipe(&recipe(""), u64::MAX).is_ok());
    }
}
