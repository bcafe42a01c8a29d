// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Diagnostics for people: excerpt, marks and help, in the manner of a compiler.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Diagnostics, Label};

impl Diagnostics {
    /// All faults as text, with terminal colours if `colour`. Ends with a newline unless there are none.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let mut text = String::new();
        for diagnostic in self.sorted() {
            text.push_str(&renderer.render(&[self.group(diagnostic)]));
            text.push_str("\n\n");
        }
        if text.ends_with("\n\n") {
            text.pop();
        }
        text
    }

    fn group<'a>(&'a self, diagnostic: &'a Diagnostic) -> Group<'a> {
        let title = Level::ERROR.primary_title(diagnostic.message.as_str()).id(diagnostic.code.as_str());
        let mut group = Group::with_title(title);
        for labels in by_file(&diagnostic.labels) {
            let Some(first) = labels.first() else { continue };
            let Some(file) = self.file(&first.file) else {
                group = group.element(Origin::path(first.file.as_str()));
                continue;
            };
            let mut snippet = Snippet::source(file.text()).path(file.path());
            for label in labels {
                let primary = Some(label) == diagnostic.labels.first();
                let kind = if primary { AnnotationKind::Primary } else { AnnotationKind::Context };
                let text = (!label.text.is_empty()).then_some(label.text.as_str());
                snippet = snippet.annotation(kind.span(within(file.text(), &label.span)).label(text));
            }
            group = group.element(snippet);
        }
        match &diagnostic.help {
            Some(help) => group.element(Level::HELP.message(help.as_str())),
            None => group,
        }
    }
}

/// Groups labels by file, keeping the order in which the files first appear.
fn by_file(labels: &[Label]) -> Vec<Vec<&Label>> {
    let mut groups: Vec<Vec<&Label>> = Vec::new();
    for label in labels {
        match groups.iter_mut().find(|group| group[0].file == label.file) {
            Some(group) => group.push(label),
            None => groups.push(vec![label]),
        }
    }
    groups
}

/// Keeps a range inside its text, and to its first line: a mark over twenty lines says less than one.
fn within(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = span.start.min(text.len());
    let end = span.end.clamp(start, text.len());
    let line_end = text.get(start..end).and_then(|marked| marked.find('\n')).map_or(end, |at| start + at);
    start..line_end
}
