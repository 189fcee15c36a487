"""What making a test will cost and how long it will take, from its request and its document. Pure but for prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.generation.model import ChoiceQuestion, Difficulty
from app.generation.plans import SlotPlan, Wishes, plan_slots
from app.generation.prompt import WriterInputs, solver_messages, writer_messages
from app.generation.segment import Segment
from app.generation.slot import SOLVER_ROOM, WRITER_ROOM
from app.marks.model import Json
from app.openrouter.catalogue import Catalogue
from app.openrouter.estimate import Estimate, PlannedCalls, Range, estimated, tokens_of

# A question with its reasons has some 500 tokens, a choice with its reason 120. Models that think use many more, up to
# the room that a call gives them.
_WRITTEN = Range(150, 500, WRITER_ROOM + 8_000)
_CHOSEN = Range(20, 120, SOLVER_ROOM + 8_000)
# Of four questions one is written again; at worst each is, as often as it may be.
_REWRITTEN = 1.25
_WRITER_SECONDS, _SOLVER_SECONDS = 6.0, 3.0
_SAMPLE = ChoiceQuestion(1, "x" * 150, ("x" * 40,) * 4, "A", quote="x" * 250)


@dataclass(frozen=True, slots=True)
class Work:
    """A test to be made: `rounds` times at most each question is written, `n_parallel` calls are made at once."""

    writer: str
    solvers: Sequence[str]
    difficulty: Difficulty
    wishes: Wishes
    rounds: int
    n_parallel: int


async def estimate_test(work: Work, segments: Sequence[Segment], catalogue: Catalogue) -> Estimate:
    """Of the calls that make one question of each segment."""
    models = dict.fromkeys([work.writer, *work.solvers])
    prices = {model: (await catalogue.capabilities(model)).price for model in models}
    chain = (_WRITER_SECONDS + _SOLVER_SECONDS) * (1 if len(segments) == 1 else _REWRITTEN)
    return estimated(_planned(work, segments), prices, n_parallel=work.n_parallel, longest_chain=chain)


def _planned(work: Work, segments: Sequence[Segment]) -> list[PlannedCalls]:
    n = len(segments)
    written = Range(n, n * _REWRITTEN, n * work.rounds)
    plans = plan_slots(n, 0, work.wishes, segments)
    asked = [tokens_of(_text(work, segment, plans[at])) for at, segment in enumerate(segments, start=1)]
    shown, hidden = (tokens_of(_texts(solver_messages(_SAMPLE, with_quote=with_quote))) for with_quote in (True, False))
    return [
        PlannedCalls(work.writer, written, round(sum(asked) / n), _WRITTEN, _WRITER_SECONDS),
        *(
            PlannedCalls(solver, written, tokens, _CHOSEN, _SOLVER_SECONDS)
            for solver in work.solvers
            for tokens in (shown, hidden)
        ),
    ]


def _text(work: Work, segment: Segment, plan: SlotPlan) -> str:
    return _texts(writer_messages(WriterInputs(segment, work.difficulty, plan)))


def _texts(messages: Sequence[Mapping[str, Json]]) -> str:
    return "".join(str(message["content"]) for message in messages)
