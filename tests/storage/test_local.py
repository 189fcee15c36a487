import asyncio
import os

import pytest

from app.errors import ConflictError, ForbiddenError, NotFoundError, PayloadTooLargeError, UnprocessableError
from app.scans.kinds import Kind
from app.storage.local import UPLOAD_SECONDS, LocalStorage
from tests.support.scans import PNG

BASE_URL = "http://127.0.0.1:8000"
MAX_BYTES = 1000


@pytest.fixture
def storage(local_place):
    return local_place.storage


@pytest.fixture
async def upload(storage):
    return await storage.sign_upload(Kind.PNG, base_url=BASE_URL)


@pytest.fixture
def files(tmp_path):
    """The names of all files that are kept, drafts included."""
    images = tmp_path / "data" / "images"
    return lambda: sorted(file.relative_to(images).as_posix() for file in images.rglob("*") if file.is_file())


async def body(*chunks):
    for chunk in chunks:
        yield chunk


async def endless():
    yield PNG
    while True:
        yield bytes(100)


async def broken():
    yield PNG
    raise ConnectionResetError


async def test_an_upload_is_kept_under_its_path_and_nothing_else_is(storage, upload, files):
    await storage.receive(upload.path, upload.token, body(PNG[:3], PNG[3:]), length=len(PNG))

    assert files() == [upload.path]


async def test_folders_and_files_are_for_their_owner_only(storage, upload, tmp_path):
    await storage.receive(upload.path, upload.token, body(PNG), length=None)

    images = tmp_path / "data" / "images"
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "data", images, (images / upload.path).parent)}
    assert modes == {0o700}
    assert (images / upload.path).stat().st_mode & 0o777 == 0o600


async def test_an_images_folder_that_others_could_read_is_closed(tmp_path):
    (tmp_path / "images").mkdir(mode=0o755)

    await LocalStorage(tmp_path, max_bytes=1).sign_upload(Kind.PNG, base_url=BASE_URL)

    assert (tmp_path / "images").stat().st_mode & 0o777 == 0o700


async def test_a_limit_reached_exactly_is_kept(storage, upload, files):
    await storage.receive(upload.path, upload.token, body(PNG.ljust(MAX_BYTES, b"\0")), length=MAX_BYTES)

    assert files() == [upload.path]


async def test_an_announced_length_above_the_limit_is_refused_before_a_byte_is_read(storage, upload, files):
    unread = body(PNG)
    with pytest.raises(PayloadTooLargeError):
        await storage.receive(upload.path, upload.token, unread, length=MAX_BYTES + 1)

    assert await anext(unread) == PNG
    assert files() == []


async def test_a_body_is_refused_as_soon_as_it_passes_the_limit(storage, upload, files):
    with pytest.raises(PayloadTooLargeError):
        await storage.receive(upload.path, upload.token, endless(), length=None)

    assert files() == []


async def test_a_second_upload_is_refused_and_changes_nothing(storage, upload):
    await storage.receive(upload.path, upload.token, body(PNG), length=None)

    with pytest.raises(ConflictError):
        await storage.receive(upload.path, upload.token, body(PNG + b"other"), length=None)

    assert await storage.head(upload.path, MAX_BYTES) == PNG


async def test_a_second_upload_is_refused_before_a_byte_is_read(storage, upload):
    await storage.receive(upload.path, upload.token, body(PNG), length=None)
    unread = body(PNG)

    with pytest.raises(ConflictError):
        await storage.receive(upload.path, upload.token, unread, length=None)

    assert await anext(unread) == PNG


async def test_of_uploads_at_once_exactly_one_is_kept(storage, upload, files):
    bodies = [body(PNG + bytes([number])) for number in range(8)]
    outcomes = await asyncio.gather(
        *(storage.receive(upload.path, upload.token, one, length=None) for one in bodies), return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ConflictError"] * 7 + ["int"]
    assert files() == [upload.path]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "VALIDATION_ERROR"),
        (b"<html>", "UNSUPPORTED_IMAGE_TYPE"),
        (b"\xff\xd8\xff\xe0", "VALIDATION_ERROR"),
    ],
)
async def test_bytes_that_are_not_the_announced_image_are_refused(storage, upload, files, content, code):
    with pytest.raises(UnprocessableError) as refusal:
        await storage.receive(upload.path, upload.token, body(content), length=None)

    assert refusal.value.code == code
    assert files() == []


async def test_an_upload_that_breaks_off_leaves_nothing_and_may_be_repeated(storage, upload, files):
    with pytest.raises(ConnectionResetError):
        await storage.receive(upload.path, upload.token, broken(), length=None)
    assert files() == []

    await storage.receive(upload.path, upload.token, body(PNG), length=None)
    assert files() == [upload.path]


async def test_an_expired_upload_is_refused(local_place, upload):
    local_place.now += UPLOAD_SECONDS

    with pytest.raises(ForbiddenError):
        await local_place.storage.receive(upload.path, upload.token, body(PNG), length=None)


async def test_a_token_of_another_upload_is_refused(storage, upload):
    other = await storage.sign_upload(Kind.PNG, base_url=BASE_URL)

    with pytest.raises(ForbiddenError):
        await storage.receive(upload.path, other.token, body(PNG), length=None)


async def test_an_upload_token_reads_nothing(storage, upload):
    await storage.receive(upload.path, upload.token, body(PNG), length=None)

    with pytest.raises(ForbiddenError):
        await storage.open_read(upload.path, upload.token)


async def test_a_read_address_ends_when_it_said(local_place, upload):
    await local_place.put(upload, PNG)
    signed = await local_place.storage.sign_reads([upload.path], base_url=BASE_URL, expires_in=60)
    local_place.now += 60

    with pytest.raises(ForbiddenError):
        await local_place.get(signed[upload.path])


async def test_a_deleted_file_is_not_found_at_its_read_address(local_place, upload):
    await local_place.put(upload, PNG)
    signed = await local_place.storage.sign_reads([upload.path], base_url=BASE_URL, expires_in=60)
    await local_place.storage.delete([upload.path])

    with pytest.raises(NotFoundError):
        await local_place.get(signed[upload.path])


@pytest.mark.parametrize("path", ["../images.key", "../../etc/passwd", "/etc/passwd", ".incoming", "", "a\0b"])
async def test_a_path_that_the_server_did_not_make_is_not_found(storage, upload, path):
    with pytest.raises(NotFoundError):
        await storage.receive(path, upload.token, body(PNG), length=None)
    with pytest.raises(NotFoundError):
        await storage.open_read(path, upload.token)
    assert await storage.head(path, 1) is None
    assert await storage.sign_reads([path], base_url=BASE_URL, expires_in=60) == {}


async def test_deleting_a_path_that_the_server_did_not_make_touches_nothing(storage, upload, tmp_path):
    await storage.delete(["../images.key"])

    assert (tmp_path / "data" / "images.key").exists()


async def test_permissions_survive_a_restart(local_place, upload, tmp_path):
    restarted = LocalStorage(tmp_path / "data", max_bytes=MAX_BYTES, now=lambda: local_place.now)

    await restarted.receive(upload.path, upload.token, body(PNG), length=None)

    assert await restarted.head(upload.path, MAX_BYTES) == PNG


async def test_drafts_of_a_killed_process_are_swept_once_no_upload_can_own_them(tmp_path, files):
    incoming = tmp_path / "data" / "images" / ".incoming"
    incoming.mkdir(parents=True)
    for name in ("old", "new"):
        (incoming / name).write_bytes(PNG)
    os.utime(incoming / "old", (0, 0))

    await LocalStorage(tmp_path / "data", max_bytes=1).sign_upload(Kind.PNG, base_url=BASE_URL)

    assert files() == [".incoming/new"]
