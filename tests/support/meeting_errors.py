"""What a person reads when a command fails: run for real, once in an English environment and once in a Japanese one."""

import asyncio
import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from common.host.errors import TasukiError, sentence
from deploy.demo.programs import Run

ENVIRONMENTS = {"en": "C.UTF-8", "ja": "ja_JP.UTF-8"}
_JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")
_WHAT_TO_DO = re.compile(r"ください|ありませんか|自動でつなぎ直します")


@dataclass(frozen=True, kw_only=True)
class Said:
    """One error in both languages; each must be a whole sentence of its language that fits on a line."""

    en: str
    ja: str

    def __post_init__(self) -> None:
        for text in (self.en, self.ja):
            assert text, "nothing was said"
            assert "\n" not in text, text
            assert not re.search(r"\{\w*\}|…|Traceback|None", text), text  # a fact that is missing shows as …
        assert not _JAPANESE.search(self.en), self.en
        assert self.en[0].isupper() or self.en[0] in "/{“0123456789", self.en
        assert self.en.endswith((".", "?")), self.en
        assert self.en.count(". ") >= 1 or "; " in self.en, f"what to do? {self.en}"
        assert self.ja.endswith("。"), self.ja
        assert _WHAT_TO_DO.search(self.ja), f"what to do? {self.ja}"

    def holds(self, *facts: object) -> None:
        """Each fact stands in both."""
        for fact in facts:
            assert str(fact) in self.en, (fact, self.en)
            assert str(fact) in self.ja, (fact, self.ja)


def both(error: BaseException | None) -> Said:
    """An error of the test's own process."""
    assert isinstance(error, TasukiError), error
    return Said(en=sentence(error, "en"), ja=sentence(error, "ja"))


async def fails(
    run: Run, *argv: str | Path, code: int = 1, environ: Mapping[str, str] | None = None, within: float = 60
) -> Said:
    """Run a command in both environments: the last line on stderr. It must end with `code` each time."""
    said = {}
    for language, locale in ENVIRONMENTS.items():
        process = await asyncio.create_subprocess_exec(
            *map(str, argv),
            env={**run.environ, **(environ or {}), "LC_ALL": locale},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(within):
                _, err = await process.communicate()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        lines = err.decode().strip().splitlines()
        assert process.returncode == code, (argv, process.returncode, lines)
        said[language] = lines[-1]
    return Said(en=said["en"], ja=said["ja"])
