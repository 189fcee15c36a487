from app.generation.export import FORMATS
from tests.generation.questions import TEST


def test_there_is_a_writer_for_every_format_of_the_contract():
    assert set(FORMATS) == {"moodle", "gift", "aiken", "qti21", "qti30", "csv", "json", "docx"}
    assert all(one.write(TEST) for one in FORMATS.values())
