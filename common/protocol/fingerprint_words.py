"""A key's fingerprint in six words that can be read aloud: both who waits and who says yes see them.

Each word is 16 bits of it, as consonant, vowel, consonant, vowel, consonant ("lusab"): no language's words, so nobody has to know one,
and there is no list to keep. Six are 96 bits: nobody finds a second key with the same ones.
"""

from typing import Final

WORDS: Final = 6
_CONSONANTS: Final = "bdfghjklmnprstvz"
_VOWELS: Final = "aiou"


def fingerprint_words(spki_sha256: bytes) -> str:
    """The first 12 bytes as six words with spaces between."""
    pairs = (int.from_bytes(spki_sha256[at : at + 2]) for at in range(0, 2 * WORDS, 2))
    return " ".join(_word(pair) for pair in pairs)


def _word(bits: int) -> str:
    return (
        _CONSONANTS[bits >> 12]
        + _VOWELS[bits >> 10 & 3]
        + _CONSONANTS[bits >> 6 & 15]
        + _VOWELS[bits >> 4 & 3]
        + _CONSONANTS[bits & 15]
    )
