"""The whole test as JSON, with the names that the API uses."""

import json

from app.generation.model import ChoiceQuestion, QuestionSet
from app.generation.question_set import Extent
from app.marks.model import Json


def write(test: QuestionSet, extent: Extent) -> bytes:
    content = {
        "id": test.identifier,
        "title": test.title,
        "language": test.language or None,
        "status": extent.status,
        "questions_generated": extent.n,
        "target_questions": extent.target,
        "questions": [_question(question) for question in test.questions],
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _question(question: ChoiceQuestion) -> dict[str, Json]:
    return {
        "number": question.number,
        "kind": question.kind.value,
        "question": question.question,
        "prompts": list(question.prompts),
        "options": dict(question.lettered),
        "correct_option": question.correct_option,
        "explanation": question.explanation,
        "why_wrong": dict(sorted(question.why_wrong.items())),
        "difficulty": question.difficulty.value,
        "topic": question.topic,
        "bloom": question.bloom.value if question.bloom else None,
        "page": question.page,
        "quote": question.quote,
        "max_marks": question.max_marks,
    }
