"""The names of what can go wrong, and how rates of them are read, checked and drawn."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Generic, Literal, TypeVar, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

StoringKind = Literal["store-then-drop", "store-then-502", "store-then-503", "store-then-429", "truncated", "html-200"]
RefusingKind = Literal["drop-before", "502", "500", "503", "429", "number-taken"]
RateKind = StoringKind | RefusingKind | Literal["slow"]
ScriptedKind = Literal["other-name", "token-expired", "rights-withdrawn"]
Kind = RateKind | ScriptedKind
ListKind = Literal["500", "502", "503", "drop"]

STORING_KINDS: tuple[StoringKind, ...] = get_args(StoringKind)
RATE_KINDS: tuple[RateKind, ...] = (*STORING_KINDS, *get_args(RefusingKind), "slow")
KINDS: tuple[Kind, ...] = (*RATE_KINDS, *get_args(ScriptedKind))
LIST_KINDS: tuple[ListKind, ...] = get_args(ListKind)

AnyKind = TypeVar("AnyKind", bound=str)
Subject = TypeVar("Subject")


def parse_rates(options: Iterable[str]) -> dict[RateKind, float]:
    """Read `KIND=RATE` options; `ValueError` with a sentence for what is none."""
    rates: dict[RateKind, float] = {}
    for option in options:
        name, _, text = option.partition("=")
        kind = check_kind(name, RATE_KINDS)
        try:
            rates[kind] = float(text)
        except ValueError:
            raise _refused(f"The rate of {kind} must be a number from 0 to 1, not {text!r}", RATE_KINDS) from None
    return rates


def check_kind(name: str, kinds: Sequence[AnyKind]) -> AnyKind:
    """The kind of this name; `ValueError` if there is none."""
    for kind in kinds:
        if kind == name:
            return kind
    raise _refused(f"There is no fault {name!r}", kinds)


def check_rates(rates: Mapping[AnyKind, float], kinds: Sequence[AnyKind]) -> None:
    """`ValueError` unless every kind is known and the rates are shares of one whole."""
    for name, rate in rates.items():
        kind = check_kind(name, kinds)
        if not 0 <= rate <= 1:
            raise _refused(f"The rate of {kind} must be a number from 0 to 1, not {rate}", kinds)
    total = math.fsum(rates.values())
    if total > 1 + 1e-9:
        raise _refused(f"The rates of all faults must be at most 1 together, not {total:g}", kinds)


def as_function(
    script: Mapping[int, AnyKind] | Callable[[int, Subject], AnyKind | None], kinds: Sequence[AnyKind]
) -> Callable[[int, Subject], AnyKind | None]:
    """A script as what answers a number; `ValueError` for a kind there is not."""
    if not isinstance(script, Mapping):
        return script
    for kind in script.values():
        check_kind(kind, kinds)
    return lambda number, _: script.get(number)


class Draws(Generic[AnyKind]):
    """Draws kinds by their rates: for the same seed, key and number of draws with that key always the same."""

    def __init__(self, rates: Mapping[AnyKind, float], kinds: Sequence[AnyKind], seed: int) -> None:
        check_rates(rates, kinds)
        self._rates = sorted(rates.items())
        self._seed = seed
        self._drawn: Counter[tuple[str, ...]] = Counter()

    def draw(self, *key: str) -> AnyKind | None:
        """Which kind hits *key* this time, if any."""
        if not self._rates:
            return None
        self._drawn[key] += 1
        text = repr((self._seed, self._drawn[key], key)).encode()
        point = int.from_bytes(blake2b(text, digest_size=6).digest(), "big") / 2**48
        for kind, rate in self._rates:
            point -= rate
            if point < 0:
                return kind
        return None


def _refused(sentence: str, kinds: Sequence[str]) -> ValueError:
    return ValueError(f"{sentence}; the kinds are {', '.join(kinds)}.")
