"""QTI 2.1 of IMS Global."""

from app.generation.model import QuestionSet
from app.generation.question_set import Extent
from app.papers.export.qti import Version, package

VERSION = Version(
    namespace="http://www.imsglobal.org/xsd/imsqti_v2p1",
    schema_location="http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd",
    package_namespace="http://www.imsglobal.org/xsd/imscp_v1p1",
    package_schema=("QTIv2.1 Package", "1.0.0"),
    test_kind="imsqti_test_xmlv2p1",
    item_kind="imsqti_item_xmlv2p1",
    is_3=False,
)


def write(test: QuestionSet, extent: Extent) -> bytes:
    return package(VERSION, test, extent)
