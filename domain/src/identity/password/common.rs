//! The commonest passwords, by the ways in which people make them.
//!
//! **Invariant.** A short built-in net, not the list of breached passwords that a server should
//! also look at: a common word with anything but letters round it, a walk along a row of keys or
//! digits, or a few characters over and over. The text comes in lower case.

/// Words that make no password, whatever digits and signs stand round them.
const WORDS: &str = "
    a aa aaa ab abc abcabc abcd access admin adminadmin administrator asd asdasd baseball beizai
    changeme china chinaredcross default depot dragon football guest hangzhou hello helloworld
    hongshizi hongshizihui iloveyou jiuzai letmein login manager master monkey nihao oracle pass
    passw password passwordpassword postgres princess qaz qazwsx qq qwe qweasd qweasdzxc qwer
    qwert qwerty redcross reliefdepot root secret server shadow sunshine superman system taobao
    temp test testtest trustno user username welcome woaini wodemima wuzi zaq zhejiang
    zhejiangredcross zxc zxcvbn zxcvbnm
";

/// Rows along which fingers walk.
const ROWS: &[&str] = &[
    "0123456789",
    "00112233445566778899",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
    "1q2w3e4r5t6y7u8i9o0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "a1b2c3d4e5f6g7h8i9j0",
    "!@#$%^&*()",
];

/// At most this many different characters are too few.
const DIFFERENT_MIN: usize = 5;

pub(super) fn is_common(folded: &str) -> bool {
    let word: String = folded
        .trim_matches(|character: char| !character.is_alphabetic())
        .chars()
        .map(plain)
        .filter(|character| character.is_alphabetic())
        .collect();
    WORDS.split_whitespace().any(|known| known == word) || ROWS.iter().any(|row| walks(folded, row))
}

pub(super) fn is_repetitive(folded: &str) -> bool {
    let mut different: Vec<char> = folded.chars().collect();
    different.sort_unstable();
    different.dedup();
    different.len() < DIFFERENT_MIN
}

/// Whether the text is a stretch of the row walked round and round, forwards or backwards.
fn walks(folded: &str, row: &str) -> bool {
    let length = folded.chars().count();
    if length == 0 {
        return false;
    }
    let stretch_of = |row: Vec<char>| {
        (0..row.len()).any(|start| {
            row.iter()
                .cycle()
                .skip(start)
                .take(length)
                .copied()
                .eq(folded.chars())
        })
    };
    stretch_of(row.chars().collect()) || stretch_of(row.chars().rev().collect())
}

/// What a sign stands for inside a word.
fn plain(character: char) -> char {
    match character {
        '@' | '4' => 'a',
        '3' => 'e',
        '1' | '!' => 'i',
        '0' => 'o',
        '$' | '5' => 's',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_passwords_are_recognised_in_their_usual_dress() {
        for (text, common) in [
            ("password", true),
            ("password123456!", true),
            ("123456password", true),
            ("p@ssw0rd", true),
            ("pa$$word_2026", true),
            ("red-cross-2026", true),
            ("hongshizi@123", true),
            ("woaini1314520", true),
            ("123456789012", true),
            ("098765432109", true),
            ("qwertyuiop12", false),
            ("qwertyuiopasdf", true),
            ("1qaz2wsx3edc", true),
            ("zyxwvutsrqpo", true),
            ("", false),
            ("passwordtypewriter", false),
            ("kdjfhgurybcn", false),
            ("2021-07-25", false),
        ] {
            assert_eq!(is_common(text), common, "{text}");
        }
    }

    #[test]
    fn words_are_in_order_and_once() {
        assert!(
            WORDS
                .split_whitespace()
                .is_sorted_by(|one, next| one < next)
        );
    }

    #[test]
    fn a_few_characters_over_and_over_are_too_few() {
        for (text, repetitive) in [
            ("aaaaaaaaaaaa", true),
            ("121212121212", true),
            ("abcdabcdabcd", true),
            ("abcdeabcdeab", false),
            ("", true),
        ] {
            assert_eq!(is_repetitive(text), repetitive, "{text}");
        }
    }
}
