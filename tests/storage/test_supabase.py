import subprocess
import sys

import httpx
import pytest

from app.errors import NotConfiguredError, UpstreamUnavailableError
from app.scans.kinds import Kind
from app.storage.supabase import SupabaseStorage
from tests.support.scans import PNG

BASE_URL = "https://marks.example.org"
BUCKET = "grading-images"
KEY = f"2026-11/{'0' * 32}.png"

EVERY_QUESTION = pytest.mark.parametrize(
    "ask",
    [
        lambda storage: storage.sign_upload(Kind.PNG, base_url=BASE_URL),
        lambda storage: storage.sign_reads([KEY], base_url=BASE_URL, expires_in=60),
        lambda storage: storage.head(KEY, 12),
        lambda storage: storage.delete([KEY]),
    ],
    ids=["sign_upload", "sign_reads", "head", "delete"],
)


def storage_answering(handler):
    http = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    return SupabaseStorage("https://project.supabase.co", "sb_secret_key", BUCKET, http)


def unreachable(request):
    raise httpx.ConnectError("refused")


@pytest.fixture
def storage(supabase, http):
    return SupabaseStorage(supabase.url, supabase.service_key, BUCKET, http)


async def test_all_reads_of_a_run_are_signed_in_one_request(supabase, storage):
    supabase.add_bucket(BUCKET)
    keys = [f"2026-11/{number:032x}.png" for number in range(40)]
    for key in keys:
        supabase.add_object(BUCKET, key, PNG)

    signed = await storage.sign_reads(keys, base_url=BASE_URL, expires_in=60)

    assert list(signed) == keys
    assert supabase.requests == [f"POST /object/sign/{BUCKET}"]


async def test_a_read_address_lives_as_long_as_asked(supabase, storage, http):
    supabase.add_bucket(BUCKET)
    supabase.add_object(BUCKET, KEY, PNG)
    start = supabase.now()
    signed = await storage.sign_reads([KEY], base_url=BASE_URL, expires_in=21600)

    supabase.now = lambda: start + 21590
    assert (await http.get(signed[KEY])).status_code == 200
    supabase.now = lambda: start + 21610
    assert (await http.get(signed[KEY])).status_code == 400


async def test_a_public_bucket_is_used_under_its_own_public_addresses(supabase, storage):
    supabase.add_bucket(BUCKET, public=True)

    upload = await storage.sign_upload(Kind.PNG, base_url=BASE_URL)

    assert upload.public_url == f"{supabase.url}/storage/v1/object/public/{BUCKET}/{upload.path}"
    assert storage.storage_path(upload.public_url, base_url=BASE_URL) == upload.path


async def test_the_bucket_is_asked_once_whether_it_is_public(supabase, storage):
    supabase.add_bucket(BUCKET)
    for _ in range(3):
        await storage.sign_upload(Kind.PNG, base_url=BASE_URL)

    assert supabase.requests.count(f"GET /bucket/{BUCKET}") == 1


async def test_a_bucket_made_in_sql_has_no_owner_and_counts_as_private(supabase, storage):
    supabase.add_bucket(BUCKET, owner=None)

    upload = await storage.sign_upload(Kind.PNG, base_url=BASE_URL)

    assert upload.public_url == f"{BASE_URL}/images/object/{upload.path}"


@pytest.mark.parametrize(
    "url",
    [
        f"https://project.supabase.co/storage/v1/object/public/other/{KEY}",
        f"https://project.supabase.co/storage/v1/object/public/{BUCKET}/scan.png",
        f"https://elsewhere.example/storage/v1/object/public/{BUCKET}/{KEY}",
    ],
)
async def test_addresses_of_other_buckets_and_hosts_are_not_ours(storage, url):
    assert storage.storage_path(url, base_url=BASE_URL) is None


async def test_an_empty_object_has_an_empty_head(supabase, storage):
    supabase.add_bucket(BUCKET)
    supabase.add_object(BUCKET, KEY, b"")

    assert await storage.head(KEY, 12) == b""


async def test_head_asks_for_no_more_than_it_needs():
    def answer(request):
        assert request.headers["range"] == "bytes=0-11"
        return httpx.Response(206, content=PNG[:12])

    assert await storage_answering(answer).head(KEY, 12) == PNG[:12]


async def test_nothing_to_do_is_no_request(supabase, storage):
    await storage.sign_reads([], base_url=BASE_URL, expires_in=60)
    await storage.delete([])

    assert supabase.requests == []


async def test_a_server_that_ignores_the_range_is_read_no_further_than_needed():
    read = []

    async def image():
        for number in range(1000):
            read.append(number)
            yield bytes(8)

    storage = storage_answering(lambda request: httpx.Response(200, content=image()))

    assert await storage.head(KEY, 12) == bytes(12)
    assert len(read) == 2


@EVERY_QUESTION
async def test_no_answer_is_upstream_unavailable(ask):
    with pytest.raises(UpstreamUnavailableError):
        await ask(storage_answering(unreachable))


@EVERY_QUESTION
async def test_a_failing_gateway_is_upstream_unavailable(ask):
    with pytest.raises(UpstreamUnavailableError):
        await ask(storage_answering(lambda request: httpx.Response(502, text="<html>Bad Gateway</html>")))


@EVERY_QUESTION
async def test_a_key_that_storage_refuses_is_named(supabase, http, ask):
    supabase.add_bucket(BUCKET)

    with pytest.raises(NotConfiguredError, match="SUPABASE_SERVICE_ROLE_KEY"):
        await ask(SupabaseStorage(supabase.url, "not.a.key", BUCKET, http))


@EVERY_QUESTION
async def test_a_key_that_the_gateway_refuses_is_named(ask):
    answer = {"message": "Invalid API key", "hint": "Double check your API key."}
    with pytest.raises(NotConfiguredError, match="SUPABASE_SERVICE_ROLE_KEY"):
        await ask(storage_answering(lambda request: httpx.Response(401, json=answer)))


async def test_a_missing_bucket_is_named(storage):
    with pytest.raises(NotConfiguredError, match=f"'{BUCKET}'.*SUPABASE_STORAGE_BUCKET"):
        await storage.sign_upload(Kind.PNG, base_url=BASE_URL)


async def test_a_page_in_place_of_an_answer_is_upstream_unavailable():
    storage = storage_answering(lambda request: httpx.Response(200, text="<html>Welcome</html>"))

    with pytest.raises(UpstreamUnavailableError):
        await storage.sign_reads([KEY], base_url=BASE_URL, expires_in=60)


async def test_an_outage_is_not_remembered_as_an_answer_about_the_bucket():
    bucket = {"id": BUCKET, "name": BUCKET, "owner": "", "public": True, "file_size_limit": None}
    bucket |= {"allowed_mime_types": None, "created_at": "2026-11-21T20:19:41Z", "updated_at": "2026-11-21T20:19:41Z"}
    about_the_bucket = iter([httpx.Response(503), httpx.Response(200, json=bucket)])

    def answer(request):
        if request.method == "GET":
            return next(about_the_bucket)
        return httpx.Response(200, json={"url": "/object/upload/sign/b/k?token=t", "token": "t"})

    storage = storage_answering(answer)
    with pytest.raises(UpstreamUnavailableError):
        await storage.sign_upload(Kind.PNG, base_url=BASE_URL)

    assert "/public/" in (await storage.sign_upload(Kind.PNG, base_url=BASE_URL)).public_url


def test_supabase_is_imported_only_when_it_is_used():
    program = "import sys, app.storage.supabase; sys.exit('supabase' in sys.modules or 'storage3' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603 -- our own program
