"""Exams over HTTP: what a human should look at, what review changed, a second human, exports that say the same."""

import csv
import io

import pytest
from openpyxl import load_workbook

# By script: the human's mark of one question of 4, and the marks of three models. Where they agree they are right but
# for s5; of the others none is.
AGREED = [(mark, (mark, mark, mark)) for mark in (0, 1, 2, 3, 4)] + [(4, (3, 3, 3))]
DOUBTFUL = [(4, (2, 2, 3)), (4, (3, 3, 1)), (0, (3, 3, 1)), (4, (0, 0, 4)), (0, (4, 2, 0))]


def lines(question="q", shift=0):
    for script, (human, marks) in enumerate([*AGREED, *DOUBTFUL]):
        for model, mark in zip("abc", marks, strict=True):
            yield f"s{script},{question},4,{(human + shift) % 5},,{model},1,{mark}"


async def get(client, path):
    response = await client.get(path)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.fixture
async def exam_id(send):
    response, exam_id = await send(*lines())
    assert response.status_code == 201
    return exam_id


@pytest.fixture
def sessions_of(client):
    async def sessions_of(exam_id):
        exam = await get(client, f"/exams/{exam_id}")
        return {session["name"]: session["session_id"] for session in exam["sessions"]}

    return sessions_of


async def test_the_queue_of_an_exam_holds_the_doubtful_answers_of_all_scripts(client, exam_id, sessions_of):
    queue = await get(client, f"/exams/{exam_id}/review-queue?threshold=0.3")

    flagged = [item for item in queue["items"] if not item["sampled"]]
    assert {item["script"] for item in flagged} == {"s6", "s7", "s8", "s9", "s10"}
    assert [item["doubt"] for item in flagged] == sorted((item["doubt"] for item in flagged), reverse=True)
    assert (queue["n_flagged"], queue["n_items"]) == (5, 5 + queue["n_sampled"])
    ids = await sessions_of(exam_id)
    for item in flagged:
        assert item["session_id"] == ids[item["script"]]
        assert item["human_mark"] == DOUBTFUL[int(item["script"][1:]) - len(AGREED)][0]
        assert [mark["model_name"] for mark in item["marks"]] == ["a", "b", "c"]


async def test_the_queue_holds_unflagged_answers_to_measure_what_is_left(client, exam_id):
    queue = await get(client, f"/exams/{exam_id}/review-queue?threshold=0.3")

    (sampled,) = [item for item in queue["items"] if item["sampled"]]
    assert sampled["reasons"] == ["random sample"]
    assert sampled["doubt"] < 0.3
    assert (queue["residual"]["n_unflagged"], queue["residual"]["error"]["n"]) == (6, 6)
    assert queue["residual"]["error"]["value"] == pytest.approx(1 / 6)


async def test_a_limit_cuts_the_queue_and_not_its_counts(client, exam_id):
    whole = await get(client, f"/exams/{exam_id}/review-queue?threshold=0.3")

    cut = await get(client, f"/exams/{exam_id}/review-queue?threshold=0.3&limit=2")

    assert cut["items"] == whole["items"][:2]
    assert {**cut, "items": None} == {**whole, "items": None}


async def test_the_sample_can_be_had_alone_and_the_queue_page_by_page(client, exam_id):
    address = f"/exams/{exam_id}/review-queue?threshold=0.3"
    whole = await get(client, address)

    sample = await get(client, f"{address}&sampled=true&limit=1000")
    doubtful = [
        item
        for n in range(3)
        for item in (await get(client, f"{address}&sampled=false&offset={4 * n}&limit=4"))["items"]
    ]

    assert sample["items"] == [item for item in whole["items"] if item["sampled"]]
    assert sample["n_items"] == whole["n_sampled"] > 0
    assert doubtful == [item for item in whole["items"] if not item["sampled"]][:12]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "threshold=-0.1", "threshold=1.1", "threshold=nan", "limit=x"]
)
async def test_a_limit_or_threshold_out_of_range_is_refused(client, exam_id, fields_of, query):
    assert fields_of(await client.get(f"/exams/{exam_id}/review-queue?{query}")) == [query.partition("=")[0]]


async def test_the_less_is_looked_at_the_more_error_is_left(client, exam_id):
    steps = (await get(client, f"/exams/{exam_id}/review-queue"))["trade_off"]

    answers = len(AGREED) + len(DOUBTFUL)
    thresholds, to_review = zip(*((step["threshold"], step["n_review"]) for step in steps), strict=True)
    left = [step["residual"]["error"]["value"] for step in steps]
    assert list(thresholds) == sorted(set(thresholds))
    assert list(to_review) == sorted(set(to_review), reverse=True)
    assert left == sorted(left)
    assert left[0] < left[-1]
    assert [step["residual"]["n_unflagged"] for step in steps] == [answers - n for n in to_review]
    assert (to_review[-1], left[-1]) == (0, pytest.approx(6 / answers))


async def test_each_step_of_the_trade_off_is_what_its_threshold_gives(client, exam_id):
    for step in (await get(client, f"/exams/{exam_id}/review-queue"))["trade_off"][:-1]:
        queue = await get(client, f"/exams/{exam_id}/review-queue?threshold={step['threshold']!r}")

        assert (queue["n_flagged"], queue["residual"]) == (step["n_review"], step["residual"])


async def test_the_reviews_of_an_exam_say_what_they_changed(client, exam_id, sessions_of):
    ids = await sessions_of(exam_id)
    for script, mark in (("s6", 2), ("s7", 4), ("s8", 1), ("s9", 0), ("s9", 4)):
        review = {"session_id": ids[script], "question_id": "q", "mark": mark, "reviewer": "A. Teacher", "note": "key"}
        assert (await client.post(f"/exams/{exam_id}/review", json=review)).status_code == 200

    changes = await get(client, f"/exams/{exam_id}/reviews")

    assert (changes["n_reviewed"], changes["n_changed_human"], changes["n_changed_consensus"]) == (4, 2, 3)
    told = [(row["script"], row["mark"], row["human_mark"], row["consensus"]) for row in changes["reviews"]]
    assert told == [("s9", 4, 4, 0), ("s8", 1, 0, 3), ("s7", 4, 4, 3), ("s6", 2, 4, 2)]
    assert {(row["reviewer"], row["note"]) for row in changes["reviews"]} == {("A. Teacher", "key")}
    queue = await get(client, f"/exams/{exam_id}/review-queue?threshold=0.3")
    (item,) = [item for item in queue["items"] if item["script"] == "s9"]
    assert (item["final_mark"], [review["mark"] for review in item["reviews"]]) == (4, [4, 0])


async def test_without_reviews_nothing_was_changed(client, exam_id):
    changes = await get(client, f"/exams/{exam_id}/reviews")

    assert changes == {"n_reviewed": 0, "n_changed_human": 0, "n_changed_consensus": 0, "reviews": []}


def qwk(first, second):
    n = len(first)
    mean_1, mean_2 = sum(first) / n, sum(second) / n
    covariance = sum((x - mean_1) * (y - mean_2) for x, y in zip(first, second, strict=True)) / n
    variances = sum((x - mean_1) ** 2 for x in first) / n + sum((y - mean_2) ** 2 for y in second) / n
    return 2 * covariance / (variances + (mean_1 - mean_2) ** 2)


def prmse(first, second, model):
    n, means = len(first), [(x + y) / 2 for x, y in zip(first, second, strict=True)]
    error = sum((x - y) ** 2 for x, y in zip(first, second, strict=True)) / (2 * n)
    overall = sum(means) / n
    true_variance = sum((mean - overall) ** 2 for mean in means) / (n - 1) - error / 2
    return (
        1 - (sum((mean - mark) ** 2 for mean, mark in zip(means, model, strict=True)) / n - error / 2) / true_variance
    )


async def test_a_second_human_in_the_configuration_makes_degradation_and_prmse_appear(
    client, openrouter, prepare, grade
):
    first, second, model = [0, 1, 2, 3, 4, 4], [0, 2, 2, 3, 3, 4], [1, 1, 2, 4, 4, 3]
    question = [{"question_id": "q", "max_marks": 4}]
    exam_id = (await client.post("/exams", json={"name": "Science", "questions": question})).json()["exam_id"]
    sessions = []
    for human, mark in zip(first, model, strict=True):
        openrouter.marks = {"q": mark}
        sessions.append(await prepare(exam_id=exam_id, questions=question, human={"q": human}))
        await grade(sessions[-1], "a/b")
    alone = (await get(client, f"/exams/{exam_id}/agreement"))["markers"][0]["overall"]

    for session_id, one, other in zip(sessions, first, second, strict=True):
        body = {"session_id": session_id, "questions": question}
        body |= {"human_marks_by_qid": {"q": one}, "human_marks_2_by_qid": {"q": other}}
        assert (await client.post("/questions/config", json=body)).status_code == 200

    agreement = await get(client, f"/exams/{exam_id}/agreement")
    both = agreement["markers"][0]["overall"]
    for name in ("degradation", "prmse"):
        assert (alone[name]["value"], bool(alone[name]["reason"])) == (None, True)
    assert both["degradation"]["value"] == pytest.approx(qwk(first, second) - qwk(first, model), abs=1e-9)
    assert both["prmse"]["value"] == pytest.approx(prmse(first, second, model), abs=1e-9)
    assert agreement["human_baseline"]["overall"]["qwk"]["value"] == pytest.approx(qwk(first, second), abs=1e-9)


FIGURES = ("exact", "within_tolerance", "mae", "bias", "smd", "pearson", "qwk")


async def workbook_of(client, exam_id):
    response = await client.get(f"/exams/{exam_id}/export.xlsx")
    assert response.status_code == 200
    return load_workbook(io.BytesIO(response.content))


def table(sheet):
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


async def test_the_workbook_holds_the_figures_of_the_json(client, send):
    _, exam_id = await send(*lines(), *lines("r", shift=1))
    agreement = await get(client, f"/exams/{exam_id}/agreement")
    book = await workbook_of(client, exam_id)

    markers = [*agreement["markers"], *agreement["consensus"]]
    parts = [
        (marker["marker"], question, part) for marker in markers for question, part in marker["per_question"].items()
    ]
    assert len(markers) > 3
    assert len(parts) == 2 * len(markers)
    for row, marker in zip(table(book["Summary"]), markers, strict=True):
        assert row["marker"] == marker["marker"]
        same_figures(row, marker["overall"])
    for row, (marker, question, part) in zip(table(book["Questions"]), parts, strict=True):
        assert (row["marker"], row["question_id"]) == (marker, question)
        same_figures(row, part)


def same_figures(row, part):
    """The workbook's columns hold value, interval and n of the JSON."""
    for name in FIGURES:
        figure = part[name]
        low, high = figure["interval"] or (None, None)
        told = [row[name], row[f"{name}_low"], row[f"{name}_high"], row[f"{name}_n"]]
        assert told == pytest.approx([figure["value"], low, high, figure["n"]], abs=1e-12)


async def test_the_workbook_holds_the_lines_of_the_csv(client, exam_id):
    file = (await client.get(f"/exams/{exam_id}/export.csv")).text
    book = await workbook_of(client, exam_id)

    def text(value):
        return f"{value:g}" if isinstance(value, int | float) else value or ""

    def plain(value):
        return f"{float(value):g}" if value.replace(".", "", 1).isdigit() else value

    written = [{name: plain(value) for name, value in row.items()} for row in csv.DictReader(io.StringIO(file))]
    assert len(written) == 3 * (len(AGREED) + len(DOUBTFUL))
    assert [{name: text(value) for name, value in row.items()} for row in table(book["Tries"])] == written


@pytest.mark.parametrize("lead", ["=", "+", "-", "@"])
async def test_no_cell_of_an_export_begins_as_a_formula_does(client, send, sessions_of, lead):
    name = f"{lead}1+1"
    exam_id = (await client.post("/exams", json={"name": name})).json()["exam_id"]
    await send(f"{name},{name},4,3,,{name},1,2", exam_id=exam_id)
    review = {"question_id": name, "mark": 1, "reviewer": name, "note": name}
    session_id = (await sessions_of(exam_id))[name]
    assert (await client.post(f"/sessions/{session_id}/review", json=review)).status_code == 200

    (row,) = csv.DictReader(io.StringIO((await client.get(f"/exams/{exam_id}/export.csv")).text))
    book = await workbook_of(client, exam_id)

    named = ("exam", "script", "question_id", "reviewer", "model_name")
    assert {row[column] for column in named} == {f"'{name}"}
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]
    assert f"'{name}" in texts
    assert not [text for text in texts if text.startswith(("=", "+", "-", "@"))]
    assert all(cell.data_type != "f" for cell in cells)


async def test_more_markers_than_can_be_compared_are_refused_with_their_number(client, send, refused):
    _, exam_id = await send(*(f"s1,q,4,3,,m{n},1,2" for n in range(501)))
    response = await client.get(f"/exams/{exam_id}/agreement")
    error = refused(response, 422, "VALIDATION_ERROR")
    assert "501 markers; at most 500" in error["details"]["errors"][0]["message"]


async def test_grade_boundaries_are_those_of_the_question(client, send):
    _, exam_id = await send(*(f"s{n},q,9,{n % 10},,m,1,{min(9, n % 10 + 1)}" for n in range(12)))
    answer = await client.get(f"/exams/{exam_id}/agreement?boundaries=5&boundaries=3.5")
    found = answer.json()["markers"][0]["students"]
    assert (found["basis"], found["boundaries"], found["n_up"], found["n_down"]) == ("given", [3.5, 5], 2, 0)
    page = await client.get(f"/exams/{exam_id}/report?boundaries=5&boundaries=3.5")
    assert "Grade boundaries at 3.5 and 5 marks." in page.text
    assert (await client.get(f"/exams/{exam_id}/report?boundaries=-1")).status_code == 422


async def test_a_plot_of_the_report_is_a_file_in_three_formats(client, send, refused):
    _, exam_id = await send(*(f"s{n},q,9,{n % 10},,m,1,{min(9, n % 10 + 1)}" for n in range(12)))
    address = f"/exams/{exam_id}/report?plot=students&boundaries=4"
    starts = {"svg": b"<svg ", "png": b"\x89PNG", "csv": "\ufeffmarker,script,".encode()}
    kinds = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv; charset=utf-8"}
    for form, start in starts.items():
        response = await client.get(f"{address}&format={form}")
        assert response.status_code == 200
        assert response.content.startswith(start)
        assert response.headers["content-type"] == kinds[form]
        assert f'filename="students.{form}"' in response.headers["content-disposition"]
        assert "default-src 'none'" in response.headers["content-security-policy"]
    assert (await client.get(address)).content == (await client.get(f"{address}&format=svg")).content
    refused(await client.get(f"/exams/{exam_id}/report?plot=tries"), 422, "VALIDATION_ERROR")
    refused(await client.get(f"/exams/{exam_id}/report?plot=nonsense"), 422, "VALIDATION_ERROR")
    refused(await client.get(f"/exams/{exam_id}/report?format=png"), 422, "VALIDATION_ERROR")
