//! Which characters can be seen.

use unicode_properties::UnicodeEmoji;

/// Whether a character shows nothing by itself, and is no whitespace either: alone it makes a blank,
/// inside a name it makes two that look the same.
///
/// The ranges are the property `Default_Ignorable_Code_Point` of Unicode 17 (DerivedCoreProperties.txt:
/// zero-width characters, fillers, variation selectors, tags, the soft hyphen, bidirectional
/// controls), and what it leaves out: line and paragraph ends, the braille blank, annotation and
/// hieroglyph format controls, the object replacement character, the null notehead and the Khitan
/// filler. Controls (Cc) are for the caller to refuse.
pub(crate) fn is_invisible(char: char) -> bool {
    matches!(char,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffc}' | '\u{13430}'..='\u{1343f}' | '\u{16fe4}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Whether `char` chooses how `before` is drawn, as text (VS15) or as an emoji (VS16). Behind anything
/// but an emoji (digits, `#` and `*` count among them, for keycaps) it chooses nothing, and is hidden.
pub(crate) fn is_emoji_selector(before: Option<char>, char: char) -> bool {
    matches!(char, '\u{fe0e}' | '\u{fe0f}') && before.is_some_and(UnicodeEmoji::is_emoji_char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_is_invisible_and_everything_else_is_not() {
        for char in
            "\u{ad}\u{34f}\u{115f}\u{1160}\u{180e}\u{200b}\u{200d}\u{2028}\u{2060}\u{2064}\u{2800}\
                     \u{3164}\u{fe00}\u{fe0f}\u{feff}\u{ffa0}\u{e0001}\u{e007f}\u{e0100}\u{e01ef}"
                .chars()
        {
            assert!(is_invisible(char), "{char:?}");
        }
        for char in "a é李ᄀ한ﾡ⠁❤😀\u{301}\u{20e3}\u{a0}\u{3000}".chars() {
            assert!(!is_invisible(char), "{char:?}");
        }
    }
}
