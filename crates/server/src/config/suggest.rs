//! What an unknown key was probably meant to be.

use std::collections::BTreeSet;

/// How alike an unknown name must be to a known one to be offered instead of it (1 is the same).
const ALIKE: f64 = 0.8;

/// The known name that this one was meant to be, if one is near, or lacks only its section.
pub(super) fn suggestion(name: &str, known: &BTreeSet<&'static str>) -> Option<String> {
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let same_key = known.iter().find(|path| last(path) == last(name));
    let near = || {
        known
            .iter()
            .map(|path| (strsim::jaro_winkler(bare(name), bare(path)), path))
            .filter(|(alike, _)| *alike >= ALIKE)
            .max_by(|(left, _), (right, _)| left.total_cmp(right))
            .map(|(_, path)| path)
    };
    let path = same_key.or_else(near)?;
    Some(match path.split_once('.') {
        Some((section, key)) => format!(": did you mean `{key}` in section [{section}]?"),
        None => format!(": did you mean `{path}`?"),
    })
}

/// Without what every variable begins with: it would make all of them alike.
fn bare(name: &str) -> &str {
    name.strip_prefix("PARLOUR_").unwrap_or(name)
}
