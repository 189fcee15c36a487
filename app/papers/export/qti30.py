"""QTI 3.0 of IMS Global: the same package as 2.1 with the names of 3.0."""

from app.generation.model import QuestionSet
from app.generation.question_set import Extent
from app.papers.export.qti import Version, package

VERSION = Version(
    namespace="http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    schema_location="https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0_v1p0.xsd",
    package_namespace="http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
    package_schema=("QTI Package", "3.0.0"),
    test_kind="imsqti_test_xmlv3p0",
    item_kind="imsqti_item_xmlv3p0",
    is_3=True,
)


def write(test: QuestionSet, extent: Extent) -> bytes:
    return package(VERSION, test, extent)
