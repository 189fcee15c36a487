"""One attempt: a rubric call where there is one, an assessment call, and a second asking where that is incomplete."""

import asyncio
from dataclasses import replace

from app.grading import outcome
from app.grading.answers.criteria import parse_criteria
from app.grading.answers.merged import merge
from app.grading.attempt_tools import AttemptTools
from app.grading.split_attempt import ENDED_UNSAID, SplitAssessment
from app.marks.model import CallStatus, ParsedAnswer
from app.marks.reasons import Reason
from app.openrouter.call import CallResult, CompletionRequest, Failure, gave_up
from app.store.runs import Outcome, StoredCall


class Attempt:
    """One (marker, try) of a run. `rubric` is None where the session has no rubric images."""

    def __init__(self, tools: AttemptTools, assessment: StoredCall, rubric: StoredCall | None) -> None:
        self._tools = tools
        self._assessment = assessment
        self._rubric = rubric
        self.current = assessment.key

    async def run(self) -> None:
        """Ends with every call of the attempt stored. Raises only CancelledError, and then nothing paid is lost."""
        criteria = None
        if self._rubric is not None:
            criteria = await self._criteria(self._rubric)
            if criteria is None:
                return
        await self._assess(criteria)

    async def refuse(self, failure: Failure) -> None:
        """End every call that is not made yet with this failure."""
        for call in (self._rubric, self._assessment):
            if call is not None and call.status is not CallStatus.SUCCEEDED:
                row = outcome.call_row(call.key, call.input_hash, None)
                questions = self._tools.questions if call is self._assessment else ()
                await self._record(outcome.failed(row, failure, questions))

    async def _criteria(self, call: StoredCall) -> str | None:
        if call.status is CallStatus.SUCCEEDED:
            return call.criteria
        result = await self._ask(call, self._tools.request(call.key))
        row = outcome.call_row(call.key, call.input_hash, result)
        if result.completion is None:
            failure = result.failure or ENDED_UNSAID
        else:
            parsed = parse_criteria(result.completion.text)
            if parsed.parse_error is None:
                await self._record(outcome.read_criteria(row, parsed.text))
                return parsed.text
            failure = Failure(Reason.PARSE, parsed.parse_error)
        await self._fail_rubric(row, failure)
        return None

    async def _fail_rubric(self, row: Outcome, failure: Failure) -> None:
        assessment = outcome.call_row(self._assessment.key, self._assessment.input_hash, None)
        reported = failure
        if failure.reason not in {Reason.CANCELLED, Reason.COST_LIMIT}:
            reported = Failure(
                Reason.RUBRIC_FAILED, f"{Reason.RUBRIC_FAILED.sentence.removesuffix('.')}: {failure.message}"
            )
        await asyncio.gather(
            self._record(outcome.failed(row, failure, ())),
            self._record(outcome.failed(assessment, reported, self._tools.questions)),
        )

    async def _assess(self, criteria: str | None) -> None:
        call = self._assessment
        self.current = call.key
        if slices := self._tools.slices.get(call.key.model_name):
            split = SplitAssessment(call, self._tools, ask=self._ask, record=self._record)
            await split.run(slices, criteria)
            return
        content = call.first_answer
        if content is None:
            result = await self._ask(call, self._tools.request(call.key, criteria=criteria))
            row = outcome.call_row(call.key, call.input_hash, result)
            if result.completion is None:
                failure = result.failure or ENDED_UNSAID
                await self._record(outcome.failed(row, failure, self._tools.questions))
                return
            content = result.completion.text
            first = self._parse(content)
            # An answer that was obtained and cannot be read is never asked for a third time.
            is_hopeless = first.parse_error is not None and result.unread > 0
            if not first.to_ask_again or is_hopeless:
                await self._record(outcome.marked(row, first, content))
                return
            await self._record(outcome.waiting(row, first, content))
        else:
            first = self._parse(content)
        await self._ask_again(first, content, criteria)

    async def _ask_again(self, first: ParsedAnswer, content: str, criteria: str | None) -> None:
        call = self._assessment
        request = self._tools.request(call.key, criteria=criteria, ask_again=first.to_ask_again)
        request = replace(request, unread=int(first.parse_error is not None))
        result = await self._ask(call, request, has_answer=True)
        row = outcome.call_row(call.key, call.input_hash, result)
        if result.completion is None:
            await self._record(outcome.marked(row, first, content, result.failure))
            return
        second = self._parse(result.completion.text)
        both = merge(first, second)
        await self._record(outcome.marked(row, both, result.completion.text))

    async def _ask(self, call: StoredCall, request: CompletionRequest, *, has_answer: bool = False) -> CallResult:
        """The call's result, a cancelled one where the run was stopped. What an interrupted call had cost is stored
        before CancelledError is raised: the next process makes the call.

        In a run of very many calls CancelledError is raised for a stopped one too, unless it has an answer: the end of
        the run closes their rows in one statement. Storing 40,000 one by one took minutes.
        """
        self.current = call.key
        try:
            result = await self._tools.ask(call.key, request)
        except asyncio.CancelledError:
            stopped = self._tools.stopped()
            if stopped is None or (self._tools.closed_by_the_end and not has_answer):
                raise
            return gave_up((), Failure(Reason.CANCELLED, stopped))
        if result.failure is not None and result.failure.reason is Reason.INTERRUPTED:
            await self._record(outcome.interrupted(outcome.call_row(call.key, call.input_hash, result)))
            raise asyncio.CancelledError
        return result

    def _parse(self, content: str) -> ParsedAnswer:
        return self._tools.parse(self._assessment.key.model_name, content, self._tools.questions)

    async def _record(self, row: Outcome) -> None:
        await self._tools.recorder.record(row)
