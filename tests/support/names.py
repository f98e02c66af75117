"""Names that some code page or other lacks."""

NAMES = ("田中 花子", "José Müller", "张伟", "Ольга", "Anna \U0001f338", "ℌ𝔞𝔫𝔞", "한지민")
"""Kanji, accents, simplified characters, Cyrillic, an emoji and letters outside of the first plane, Hangul."""
