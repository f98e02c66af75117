"""What a msgspec type lets through and what it stops, found in the type itself: nothing here knows a message."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from msgspec import inspect


@dataclass(frozen=True, kw_only=True)
class Bound:
    """One bound of one field: `inside` is a whole value that just keeps it, `outside` one that breaks it by one."""

    where: str
    inside: Any
    outside: Any


def texts(kind: inspect.Type, where: str = "$") -> Iterator[tuple[str, inspect.StrType]]:
    """Every place where a text may stand, and its type there."""
    match kind:
        case inspect.StrType():
            yield where, kind
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            yield from texts(item, f"{where}[]")
        case inspect.DictType(key_type=key, value_type=value):
            yield from texts(key, f"{where}.key")
            yield from texts(value, f"{where}.value")
        case inspect.TupleType(item_types=items) | inspect.UnionType(types=items):
            for item in items:
                yield from texts(item, where)
        case inspect.StructType(cls=cls, fields=fields):
            for field in fields:
                yield from texts(field.type, f"{where}.{cls.__name__}.{field.name}")
        case inspect.IntType() | inspect.FloatType() | inspect.BoolType() | inspect.NoneType():
            pass
        case inspect.BytesType() | inspect.EnumType():
            pass
        case _:
            raise TypeError(f"what may stand at {where}? {kind}")


def sample(kind: inspect.Type) -> Any:
    """The least value of this type, as JSON has it."""
    match kind:
        case inspect.StrType(min_length=least, pattern=pattern):
            return (
                "0" * int(pattern.partition("{")[2].rstrip("}$")) if pattern and "{" in pattern else "x" * (least or 0)
            )
        case inspect.BytesType(min_length=least):
            return "AAAA" * (((least or 0) + 2) // 3)
        case inspect.IntType(ge=least):
            return least or 0
        case inspect.FloatType():
            return 0.0
        case inspect.BoolType():
            return False
        case inspect.EnumType(cls=cls):
            return next(iter(cls)).value
        case (
            inspect.ListType(item_type=item, min_length=least) | inspect.VarTupleType(item_type=item, min_length=least)
        ):
            return [sample(item)] * (least or 0)
        case inspect.DictType():
            return {}
        case inspect.TupleType(item_types=items):
            return [sample(item) for item in items]
        case inspect.UnionType(types=items):
            return sample(items[0])
        case inspect.StructType(fields=fields, tag=tag, tag_field=tag_field):
            made = {field.encode_name: sample(field.type) for field in fields if field.required}
            return made | ({tag_field: tag} if tag_field is not None else {})
        case _:
            raise TypeError(f"no sample of {kind}")


def bounds(kind: inspect.Type) -> Iterator[Bound]:
    """Every bound in it, one at a time; the rest of each value is the least there is."""
    match kind:
        case inspect.StrType(max_length=most, min_length=least, pattern=pattern):
            letter = "0" if pattern and "{" in pattern else "x"
            if most is not None:
                yield Bound(where="longest", inside=letter * most, outside=letter * (most + 1))
            if least:
                yield Bound(where="shortest", inside=letter * least, outside=letter * (least - 1))
        case inspect.BytesType(max_length=most) if most is not None:
            yield Bound(where="most bytes", inside=_base64(most), outside=_base64(most + 1))
        case inspect.IntType(ge=low, le=high) if low is not None and high is not None:
            yield Bound(where="lowest", inside=low, outside=low - 1)
            yield Bound(where="highest", inside=high, outside=high + 1)
        case (
            inspect.ListType(item_type=item, max_length=most, min_length=least)
            | inspect.VarTupleType(item_type=item, max_length=most, min_length=least)
        ):
            one = sample(item)
            if most is not None:
                yield Bound(where="most", inside=[one] * most, outside=[one] * (most + 1))
            if least:
                yield Bound(where="least", inside=[one] * least, outside=[one] * (least - 1))
            for bound in bounds(item):
                rest = [one] * max(0, (least or 0) - 1)
                yield Bound(where=f"[] {bound.where}", inside=[*rest, bound.inside], outside=[*rest, bound.outside])
        case inspect.DictType(key_type=key, value_type=value, max_length=most):
            one = sample(value)
            if most is not None:
                whole = {f"k{number}": one for number in range(most)}
                yield Bound(where="most", inside=whole, outside=whole | {"k": one})
            for bound in bounds(key):
                yield Bound(where=f"key {bound.where}", inside={bound.inside: one}, outside={bound.outside: one})
            for bound in bounds(value):
                yield Bound(where=f"value {bound.where}", inside={"k": bound.inside}, outside={"k": bound.outside})
        case inspect.TupleType(item_types=items):
            whole_tuple = [sample(item) for item in items]
            for at, item in enumerate(items):
                for bound in bounds(item):
                    inside, outside = list(whole_tuple), list(whole_tuple)
                    inside[at], outside[at] = bound.inside, bound.outside
                    yield Bound(where=f"[{at}] {bound.where}", inside=inside, outside=outside)
        case inspect.UnionType(types=items):
            for item in items:
                yield from bounds(item)
        case inspect.StructType(cls=cls, fields=fields):
            least_of_all = sample(kind)
            for field in fields:
                for bound in bounds(field.type):
                    yield Bound(
                        where=f"{cls.__name__}.{field.name} {bound.where}",
                        inside=least_of_all | {field.encode_name: bound.inside},
                        outside=least_of_all | {field.encode_name: bound.outside},
                    )
        case _:
            return


def _base64(count: int) -> str:
    whole, rest = divmod(count, 3)
    return "AAAA" * whole + {0: "", 1: "AA==", 2: "AAA="}[rest]
