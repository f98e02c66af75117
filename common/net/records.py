"""Where TLS records end, so that OpenSSL is fed whole ones and asked once for each.

Fed by the read, OpenSSL's memory BIO grows to the size of the largest read and stays so (188 KiB for an idle connection
after traffic, instead of 70); asked until it raises WantRead, it costs an exception for every read. This looks at nothing
but the five bytes of each record's header (RFC 8446 section 5.1); OpenSSL remains the judge of what is in it.
"""

from collections.abc import Iterator

PIECE = 16 * 1024  # bytes
_HEADER = 5


class Records:
    """Follows one direction of a connection."""

    def __init__(self) -> None:
        self._missing = 0  # bytes of the record under way that have not come
        self._header = b""  # the beginning of a header that was cut in two

    def cut(self, data: bytes) -> Iterator[tuple[memoryview, int]]:
        """`data` in pieces, each with the number of records it completes.

        A piece is at most PIECE bytes, or one record (16 KiB of plaintext and what TLS adds).
        """
        view = memoryview(data)
        end = len(view)
        start = at = records = 0
        while at < end:
            begin = at
            if not self._missing:
                header = self._header + data[at : at + _HEADER - len(self._header)]
                at += len(header) - len(self._header)
                if len(header) < _HEADER:
                    self._header = header
                    break
                self._header = b""
                self._missing = header[3] << 8 | header[4]
            step = min(self._missing, end - at)
            at += step
            self._missing -= step
            if begin > start and at - start > PIECE:
                yield view[start:begin], records
                start, records = begin, 0
            if not self._missing:
                records += 1
        if start < end:
            yield view[start:end], records
