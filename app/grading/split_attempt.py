"""The assessment of an attempt in several requests. Each answer is stored as it comes, the marks together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

from app.grading import outcome
from app.grading.attempt_tools import AttemptTools
from app.grading.slices import Slice, SliceAnswer, combined, is_whole, left_open, read_slice
from app.marks.model import CallStatus, ParsedAnswer
from app.marks.reasons import Reason
from app.openrouter.call import CallResult, CompletionRequest, Failure, gave_up
from app.store.runs import Outcome, StoredCall
from app.work.leased_work import answers, together

ENDED_UNSAID = Failure(Reason.UNKNOWN, Reason.UNKNOWN.sentence)


class SplitAssessment:
    """`ask` makes a call of the attempt, `record` returns once an outcome is stored."""

    def __init__(
        self,
        call: StoredCall,
        tools: AttemptTools,
        *,
        ask: Callable[[StoredCall, CompletionRequest], Awaitable[CallResult]],
        record: Callable[[Outcome], Awaitable[None]],
    ) -> None:
        self._call = call
        self._tools = tools
        self._ask = ask
        self._record = record
        self._answers = {name: SliceAnswer.from_json(row) for name, row in call.slices.items()}

    async def run(self, slices: Sequence[Slice], criteria: str | None) -> None:
        """Ends with every answer and the marks stored. Raises CancelledError if another process goes on; what was paid
        until then is stored.

        If the end of a stopped run closes its calls, an attempt without any answer raises CancelledError too.
        """
        first = await self._read(slices, criteria)
        has_answer = any(one.content is not None for one in self._answers.values())
        if self._tools.closed_by_the_end and self._tools.stopped() is not None and not has_answer:
            raise asyncio.CancelledError
        again = await self._read(left_open(first), criteria)
        parsed = combined(self._tools.questions, first, again)
        failure = next((one for one in [*first.values(), *again.values()] if isinstance(one, Failure)), None)
        row = outcome.call_row(self._call.key, self._call.input_hash, None)
        marked = outcome.marked(row, parsed, None, failure)
        if marked["status"] == CallStatus.FAILED and failure is not None and failure.reason is Reason.CANCELLED:
            marked["status"] = CallStatus.CANCELLED.value
        await self._record(marked)

    async def _read(self, slices: Sequence[Slice], criteria: str | None) -> dict[Slice, ParsedAnswer | Failure]:
        """What each slice says. Only those without a stored answer are asked for, all at once."""
        missing = [one for one in slices if one.name not in self._answers]
        if missing:
            self._tools.stand_aside()
            endings = await together({f"slice {one.name}": self._obtain(one, criteria) for one in missing})
            answers(endings)
        return {one: self._read_one(one) for one in slices}

    async def _obtain(self, one: Slice, criteria: str | None) -> None:
        call = self._call
        request = self._tools.request(call.key, criteria=criteria, only=one)
        result = await self._asked(replace(request, unread=int(one.is_again)))
        failure = None if result.completion is not None else result.failure or ENDED_UNSAID
        self._answers[one.name] = SliceAnswer(result.completion.text if result.completion else None, failure)
        if result.exchanges:
            row = outcome.call_row(call.key, call.input_hash, result, one.as_json())
            read = self._read_one(one)
            whole = isinstance(read, ParsedAnswer) and is_whole(one, read)
            await self._record(outcome.of_slice(row, one.name, self._answers[one.name].as_json(whole=whole)))

    async def _asked(self, request: CompletionRequest) -> CallResult:
        try:
            return await self._ask(self._call, request)
        except asyncio.CancelledError:
            if (stopped := self._tools.stopped()) is None:
                raise
            return gave_up((), Failure(Reason.CANCELLED, stopped))

    def _read_one(self, one: Slice) -> ParsedAnswer | Failure:
        answer = self._answers[one.name]
        if answer.content is None:
            return answer.failure or ENDED_UNSAID
        parse = partial(self._tools.parse, self._call.key.model_name)
        return read_slice(parse, one, answer.content, self._tools.questions)
