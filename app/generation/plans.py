"""The plan of each question, made by code before the writer is asked: kind, key, Bloom level, topic. Pure."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.generation.model import LETTERS, Bloom, Kind
from app.generation.options import key_letters, shuffled
from app.generation.segment import Segment
from app.marks.letter_key import Form, LetterKey

# Pairs of a matching question: fewer are guessed too easily, more do not fit beside each other on paper.
N_PAIRS = 4
_FEWEST_RIGHT = 2


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """`key` is the key of the finished question, as `letter_key` writes it. `topics` begins with the one that is this
    question's turn. `bloom` is None where any level will do.
    """

    kind: Kind = Kind.SINGLE
    key: str = "A"
    bloom: Bloom | None = None
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wishes:
    """The teacher's wishes: kinds and Bloom levels in turn over the questions, topics in equal shares."""

    kinds: tuple[Kind, ...] = (Kind.SINGLE,)
    blooms: tuple[Bloom, ...] = ()
    topics: tuple[str, ...] = ()

    @classmethod
    def of(cls, models: Mapping[str, object]) -> "Wishes":
        """Of a stored test; older ones have topics alone."""
        return cls(
            tuple(Kind(kind) for kind in _listed(models, "kinds")) or (Kind.SINGLE,),
            tuple(Bloom(bloom) for bloom in _listed(models, "blooms")),
            tuple(_listed(models, "topics")),
        )


def _listed(models: Mapping[str, object], name: str) -> list[str]:
    found = models.get(name)
    return [str(one) for one in found] if isinstance(found, list) else []


def plan_slots(n: int, seed: int, wishes: Wishes, segments: Sequence[Segment]) -> dict[int, SlotPlan]:
    """The plan of each slot from 1. The same seed gives the same plan; of one kind, each key comes as often as the
    others, give or take one.
    """
    kinds = [wishes.kinds[at % len(wishes.kinds)] for at in range(n)]
    topics = _topics(wishes.topics, segments)
    keys = {kind: iter(_keys(kind, kinds.count(kind), seed)) for kind in Kind}
    plans = {}
    for at, kind in enumerate(kinds):
        bloom = wishes.blooms[at // len(wishes.kinds) % len(wishes.blooms)] if wishes.blooms else None
        plans[at + 1] = SlotPlan(kind, next(keys[kind]), bloom, topics.get(at + 1, wishes.topics))
    return plans


def _keys(kind: Kind, n: int, seed: int) -> list[str]:
    rng = random.Random(f"{seed}/{kind}")  # noqa: S311 - reproducible, not secret
    match kind:
        case Kind.TRUE_FALSE:
            halves = [*"AB" * (n // 2), *shuffled("AB", rng)[: n % 2]]
            return shuffled(halves, rng)
        case Kind.MATCHING:
            return [str(LetterKey(Form.ROW, tuple(shuffled(LETTERS[:N_PAIRS], rng)))) for _ in range(n)]
        case Kind.SEVERAL:
            return [str(LetterKey(Form.SEVERAL, _right_letters(at, rng))) for at in range(n)]
        case Kind.ASSERTION_REASON:
            return list(key_letters(n, seed + 1))
        case _:
            return list(key_letters(n, seed))


def _right_letters(at: int, rng: random.Random) -> tuple[str, ...]:
    """Two and three right options in turn, so that their number gives nothing away."""
    return tuple(sorted(shuffled(LETTERS, rng)[: _FEWEST_RIGHT + at % 2]))


def _topics(topics: Sequence[str], segments: Iterable[Segment]) -> dict[int, tuple[str, ...]]:
    """Each slot's own topic first. The topics have equal shares, give or take one, and each goes to the parts of the
    document that name it most.
    """
    if not topics:
        return {}
    texts = {segment.slot: segment.text.casefold() for segment in segments}
    named = {(slot, topic): text.count(topic.casefold()) for slot, text in texts.items() for topic in topics}
    left = {topic: len(texts) // len(topics) for topic in topics}
    spare = len(texts) % len(topics)
    given: dict[int, str] = {}
    for slot, topic in sorted(named, key=lambda one: (-named[one], one[0], topics.index(one[1]))):
        if slot in given or (left[topic] == 0 and spare == 0):
            continue
        if left[topic] == 0:
            spare -= 1
            left[topic] += 1
        left[topic] -= 1
        given[slot] = topic
    return {slot: (own, *(topic for topic in topics if topic != own)) for slot, own in given.items()}
