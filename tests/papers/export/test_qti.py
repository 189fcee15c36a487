import io
import os
import zipfile
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
import xmlschema
from lxml import etree

from app.generation.question_set import Extent
from app.papers.export import qti21, qti30
from tests.generation.questions import AWKWARD, GROWING, PLAIN, TEST, WHOLE, parsed


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


@pytest.mark.parametrize("extent", [WHOLE, GROWING])
def test_a_package_of_2_1_is_valid(extent: Extent):
    schema = schema_21()
    for name, content in files_of(qti21.write(TEST, extent)).items():
        if name != "imsmanifest.xml":
            schema.assertValid(etree.fromstring(content))


@pytest.mark.parametrize("extent", [WHOLE, GROWING])
def test_a_package_of_3_0_is_valid(extent: Extent):
    schema = schema_30()
    for name, content in files_of(qti30.write(TEST, extent)).items():
        if name != "imsmanifest.xml":
            assert [error.reason for error in schema.iter_errors(parsed(content))] == []


def test_the_schema_of_3_0_sees_what_is_wrong():
    broken = qti30.item(TEST, PLAIN).replace('identifier="A"', "")
    assert list(schema_30().iter_errors(parsed(broken)))


@pytest.mark.parametrize("module", [qti21, qti30])
def test_the_manifest_names_every_file(module: ModuleType):
    files = files_of(module.write(TEST, WHOLE))
    listed = {one.get("href") for one in parsed(files["imsmanifest.xml"]).iter() if one.tag.endswith("resource")}
    assert listed == set(files) - {"imsmanifest.xml"} == {"test.xml", "item-01.xml", "item-02.xml"}


@pytest.mark.parametrize(("module", "choice"), [(qti21, "simpleChoice"), (qti30, "qti-simple-choice")])
def test_options_and_key_come_back_as_they_were(module: ModuleType, choice: str):
    item = parsed(module.item(TEST, AWKWARD))
    found = [" ".join("".join(one.itertext()).split()) for one in item.iter() if one.tag.endswith(f"}}{choice}")]
    assert found == ["%50%half = allof it", "=1+1", "~#{}:\\n", "@SUM(A1) é 🧪"]
    assert next(one.text for one in item.iter() if one.tag.endswith("alue")) == "D"


def test_the_same_test_is_the_same_bytes():
    assert qti30.write(TEST, WHOLE) == qti30.write(TEST, WHOLE)


@pytest.mark.parametrize(
    ("module", "schema"), [(qti21, ["QTIv2.1 Package", "1.0.0"]), (qti30, ["QTI Package", "3.0.0"])]
)
def test_the_manifest_names_its_schema_as_its_version_wants_it(module: ModuleType, schema: list[str]):
    root = parsed(files_of(module.write(TEST, WHOLE))["imsmanifest.xml"])
    assert [one.text for one in root.iter() if one.tag.endswith(("}schema", "}schemaversion"))] == schema
