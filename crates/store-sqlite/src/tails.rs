//! What names and titles are found by: their folded text from each of its words on, so that a search
//! for the beginning of a word is a range.

use chat::name::fold;

/// A folded text, of which the rest from each word on is wanted.
pub(crate) struct Tails(String);

impl Tails {
    pub(crate) fn of(text: &str) -> Self {
        Self(fold(text))
    }

    /// From the beginning, and from each word: at most half as many as there are characters.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let mut is_in_word = false;
        self.0.char_indices().filter_map(move |(index, char)| {
            let begins = (char.is_alphanumeric() && !is_in_word) || index == 0;
            is_in_word = char.is_alphanumeric();
            begins.then(|| &self.0[index..])
        })
    }
}

/// The first tail that a query finds, and the first after them that it does not; `None` if there is
/// nothing to look for.
pub(crate) fn range(query: &str) -> Option<(String, String)> {
    let from = fold(query.trim());
    // Everything that begins with `from` sorts before `from` and the greatest character.
    let to = format!("{from}{}", char::MAX);
    if from.is_empty() { None } else { Some((from, to)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_found_from_each_of_its_words() {
        for (text, expected) in [
            ("Tea", vec!["tea"]),
            ("Tea & CAKE", vec!["tea & cake", "cake"]),
            ("#rust 2024", vec!["#rust 2024", "rust 2024", "2024"]),
            ("Straße", vec!["strasse"]),
        ] {
            assert_eq!(Tails::of(text).iter().collect::<Vec<_>>(), expected);
        }
        assert_eq!(range(" \t "), None);
        let (from, to) = range(" CAKE ").unwrap();
        assert_eq!(from, "cake");
        assert!(*"cakes" >= *from && *"cakes" < *to && *"cale" > *to);
    }
}
