"""Files that another user may have put there: read at once and up to a bound, or an error; links lead nowhere."""

import errno
import os
import sys
import tempfile
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from common.host.untrusted_files import read_untrusted
from tests.support.marks import needs

if sys.platform != "win32":
    from common.host.untrusted_files import open_untrusted_folder

pytestmark = pytest.mark.timeout(20)


def why(act: Callable[[], object]) -> int | None:
    """The number of the error that this raises."""
    with pytest.raises(OSError) as caught:  # noqa: PT011
        act()
    return caught.value.errno


def descriptors() -> int:
    """How many are open."""
    return len(list(Path("/dev/fd").iterdir()))


def test_a_plain_file_is_read_up_to_the_bound(tmp_path: Path) -> None:
    """At the bound it is, one byte more it is not; nothing is a file too."""
    path = tmp_path / "file"
    for content in (b"", b"x", b"x" * 99, b"x" * 100):
        path.write_bytes(content)
        assert read_untrusted(path, limit=100) == content
    path.write_bytes(b"x" * 101)
    assert why(lambda: read_untrusted(path, limit=100)) == errno.EFBIG


@needs("os.mkfifo")
def test_what_is_no_plain_file_is_an_error_at_once(tmp_path: Path) -> None:
    """A pipe that nobody writes to, a folder, a link, a second name, a device, and nothing."""
    (tmp_path / "file").write_text("ours")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "deep").symlink_to("/dev/zero")
    (tmp_path / "again").hardlink_to(tmp_path / "file")
    expected = {"folder": errno.EINVAL, "pipe": errno.EINVAL, "link": errno.ELOOP, "deep": errno.ELOOP}
    expected |= {"again": errno.EINVAL, "file": errno.EINVAL, "none": errno.ENOENT}
    open_before = descriptors()
    assert {name: why(lambda name=name: read_untrusted(tmp_path / name, limit=9)) for name in expected} == expected  # type: ignore[misc]
    assert why(lambda: read_untrusted("/dev/zero", limit=9)) == errno.EINVAL
    assert descriptors() == open_before


@needs("os.mkfifo")
def test_an_administrators_link_may_be_followed(tmp_path: Path) -> None:
    """As programs that fetch certificates make them. What it leads to is still a plain file with a bound."""
    (tmp_path / "file").write_text("ours")
    (tmp_path / "again").hardlink_to(tmp_path / "file")
    (tmp_path / "link").symlink_to("file")
    assert read_untrusted(tmp_path / "link", limit=4, follow=True) == b"ours"
    assert why(lambda: read_untrusted(tmp_path / "link", limit=3, follow=True)) == errno.EFBIG
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "trap").symlink_to("pipe")
    assert why(lambda: read_untrusted(tmp_path / "trap", limit=9, follow=True)) == errno.EINVAL


def test_a_huge_file_costs_nothing(tmp_path: Path) -> None:
    """3 GiB that take no room on the disk take none in memory either; a high bound costs a small file nothing."""
    (tmp_path / "huge").touch()
    os.truncate(tmp_path / "huge", 3 << 30)
    (tmp_path / "small").write_text("small")
    tracemalloc.start()
    try:
        assert why(lambda: read_untrusted(tmp_path / "huge", limit=1 << 20)) == errno.EFBIG
        assert read_untrusted(tmp_path / "small", limit=1 << 30) == b"small"
        assert tracemalloc.get_traced_memory()[1] < 200_000
    finally:
        tracemalloc.stop()


def test_a_file_that_changes_while_it_is_read_stays_within_the_bound(tmp_path: Path) -> None:
    """It grows, or shrinks to nothing, between any two steps: at most the bound is read, or the error says that it is more."""
    path = tmp_path / "file"
    over = threading.Event()

    def change() -> None:
        while not over.is_set():
            path.write_bytes(b"x" * 300_000)
            os.truncate(path, 10)

    path.write_bytes(b"x" * 10)
    changing = threading.Thread(target=change)
    changing.start()
    sizes = set()
    try:
        for _ in range(300):
            try:
                sizes.add(len(read_untrusted(path, limit=100_000)))
            except OSError as error:
                assert error.errno == errno.EFBIG  # noqa: PT017
                sizes.add(-1)
    finally:
        over.set()
        changing.join()
    assert max(sizes) <= 100_000


@pytest.fixture
def stranger() -> Iterator[Path]:
    """A folder that we share with others, as somebody who is not root."""
    before = os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        try:
            if before == 0:
                os.seteuid(65534)
            yield Path(name)
        finally:
            os.seteuid(before)


@needs("os.seteuid")
def test_what_may_not_be_read_is_said(stranger: Path) -> None:
    """Permissions are an error like others; a folder that may be passed but not listed is no hindrance on the way."""
    (stranger / "file").touch(mode=0)
    assert why(lambda: read_untrusted(stranger / "file", limit=9)) == errno.EACCES
    (stranger / "passed" / "mailbox").mkdir(parents=True)
    (stranger / "passed").chmod(0o311)
    os.close(open_untrusted_folder(stranger / "passed" / "mailbox"))
    (stranger / "passed").chmod(0o700)


@needs("os.open with dir_fd")
def test_a_link_on_the_way_counts_only_where_no_other_could_have_put_it(stranger: Path) -> None:
    """In a folder that is ours alone it does; in one that others may write, or another's, it does not, whoever made it."""
    (stranger / "place" / "mailbox").mkdir(parents=True)
    (stranger / "ours").mkdir(mode=0o755)
    (stranger / "ours" / "link").symlink_to("../place")
    os.close(open_untrusted_folder(stranger / "ours" / "link" / "mailbox"))
    for mode in (0o775, 0o757, 0o1777):
        (stranger / "ours").chmod(mode)
        assert why(lambda: open_untrusted_folder(stranger / "ours" / "link" / "mailbox")) == errno.ELOOP
    (stranger / "link").symlink_to("place")
    assert why(lambda: open_untrusted_folder(stranger / "link" / "mailbox")) == errno.ELOOP
    os.close(open_untrusted_folder(stranger / "place" / "mailbox"))


@needs("os.open with dir_fd")
def test_inside_no_link_counts(tmp_path: Path) -> None:
    """Not even our own: there the other side writes."""
    (tmp_path / "place" / "mailbox").mkdir(parents=True)
    (tmp_path / "link").symlink_to("place")
    os.close(open_untrusted_folder(tmp_path / "link", "mailbox"))
    assert why(lambda: open_untrusted_folder(tmp_path, "link", "mailbox")) == errno.ENOTDIR
    assert why(lambda: open_untrusted_folder(tmp_path, "link")) == errno.ENOTDIR
    assert why(lambda: open_untrusted_folder(tmp_path, "none")) == errno.ENOENT


@needs("os.open with dir_fd")
def test_links_in_a_circle_end(tmp_path: Path) -> None:
    """And one after the other, as many as the kernel follows and no more."""
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert why(lambda: open_untrusted_folder(tmp_path / "a")) == errno.ELOOP
    (tmp_path / "folder").mkdir()
    (tmp_path / "0").symlink_to("folder")
    for number in range(1, 41):
        (tmp_path / str(number)).symlink_to(str(number - 1))
    os.close(open_untrusted_folder(tmp_path / "39"))
    assert why(lambda: open_untrusted_folder(tmp_path / "40")) == errno.ELOOP


@needs("os.open with dir_fd")
def test_links_lead_where_the_kernel_would_go(tmp_path: Path) -> None:
    """Absolute ones, relative ones, dots in them, and folders above; no descriptor is left."""
    (tmp_path / "a" / "b" / "mailbox").mkdir(parents=True)
    (tmp_path / "absolute").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "b" / "up").symlink_to("../b/./../../absolute/b")
    open_before = descriptors()
    for path in (tmp_path / "absolute" / "b" / "mailbox", tmp_path / "a" / "b" / "up" / "mailbox" / ".." / "mailbox"):
        descriptor = open_untrusted_folder(path)
        assert os.path.samestat(os.fstat(descriptor), path.stat())
        os.close(descriptor)
    assert descriptors() == open_before
