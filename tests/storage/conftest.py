"""A stand-in for Supabase Storage: the requests this product makes, answered as the real server answers them.

`test_fake_supabase.py` holds it against the recorded answers of a real one.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import httpx
import jwt
import pytest
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.storage.local import LocalStorage
from app.storage.storage import SignedUpload
from app.storage.supabase import SupabaseStorage

SERVICE_KEY = jwt.encode({"role": "service_role"}, "a secret of the project, 32 bytes", algorithm="HS256")
SIGNING_SECRET = "a secret of the storage, also 32 bytes"
PREFIX = "/storage/v1"
Handler = Callable[..., Awaitable[Response]]


@dataclass
class Bucket:
    public: bool = False
    owner: str | None = ""
    objects: dict[str, tuple[str, bytes]] = field(default_factory=dict)


class RefusalError(Exception):
    def __init__(self, status: int, error: str, message: str, code: str) -> None:
        self.body = {"statusCode": str(status), "error": error, "message": message, "code": code}


NO_BUCKET = RefusalError(404, "Bucket not found", "Bucket not found", "NoSuchBucket")
NO_OBJECT = RefusalError(404, "not_found", "Object not found", "NoSuchKey")
NO_RELATED = RefusalError(404, "InvalidRequest", "The related resource does not exist", "InvalidRequest")
DUPLICATE = RefusalError(409, "Duplicate", "The resource already exists", "KeyAlreadyExists")


def invalid_token(message: str) -> RefusalError:
    return RefusalError(400, "InvalidJWT", message, "InvalidJWT")


class FakeSupabase:
    """`requests` lists what arrived, as `METHOD path`."""

    url: ClassVar = "https://project.supabase.co"
    service_key: ClassVar = SERVICE_KEY

    def __init__(self) -> None:
        self.buckets: dict[str, Bucket] = {}
        self.requests: list[str] = []
        routes = [
            self._route("POST", "/object/upload/sign/{bucket}/{key:path}", self._sign_upload),
            self._route("PUT", "/object/upload/sign/{bucket}/{key:path}", self._upload),
            self._route("POST", "/object/sign/{bucket}", self._sign_many),
            self._route("POST", "/object/sign/{bucket}/{key:path}", self._sign_read),
            self._route("GET", "/object/sign/{bucket}/{key:path}", self._read_signed),
            self._route("GET", "/object/public/{bucket}/{key:path}", self._read_public),
            self._route("GET", "/object/info/{bucket}/{key:path}", self._info),
            self._route("GET", "/object/{bucket}/{key:path}", self._read),
            self._route("POST", "/object/{bucket}/{key:path}", self._put),
            self._route("DELETE", "/object/{bucket}", self._delete),
            self._route("GET", "/bucket/{bucket}", self._bucket_info),
            self._route("POST", "/bucket", self._create_bucket),
        ]
        self.app = Starlette(routes=routes)
        self.now = time.time

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app))

    def add_bucket(self, name: str, *, public: bool = False, owner: str | None = "") -> None:
        self.buckets[name] = Bucket(public=public, owner=owner)

    def add_object(self, bucket: str, key: str, content: bytes) -> None:
        self.buckets[bucket].objects[key] = ("image/png", content)

    def _route(self, method: str, path: str, handler: Handler) -> Route:
        async def answer(request: Request) -> Response:
            self.requests.append(f"{request.method} {request.url.path.removeprefix(PREFIX)}")
            try:
                return await handler(request, **request.path_params)
            except RefusalError as refusal:
                return JSONResponse(refusal.body, 400)

        return Route(f"{PREFIX}{path}", answer, methods=[method])

    def _authorize(self, request: Request) -> None:
        bearer = request.headers.get("authorization")
        if bearer is None:
            raise RefusalError(400, "Error", "headers must have required property 'authorization'", "InvalidRequest")
        if bearer != f"Bearer {SERVICE_KEY}":
            raise RefusalError(403, "Unauthorized", "Invalid Compact JWS", "AccessDenied")

    def _object(self, bucket: str, key: str) -> tuple[str, bytes]:
        if bucket not in self.buckets:
            raise NO_BUCKET
        if key not in self.buckets[bucket].objects:
            raise NO_OBJECT
        return self.buckets[bucket].objects[key]

    def sign(self, path: str, seconds: int) -> str:
        claims = {"url": path, "exp": int(self.now()) + seconds}
        return jwt.encode(claims, SIGNING_SECRET, algorithm="HS256")

    def _check_token(self, request: Request, path: str) -> None:
        token = request.query_params.get("token")
        if token is None:
            raise RefusalError(400, "Error", "querystring must have required property 'token'", "InvalidRequest")
        try:
            claims = jwt.decode(token, SIGNING_SECRET, algorithms=["HS256"], options={"verify_exp": False})
        except jwt.InvalidSignatureError:
            raise invalid_token("signature verification failed") from None
        except jwt.InvalidTokenError:
            raise invalid_token("Invalid Compact JWS") from None
        if claims["exp"] <= self.now():
            raise invalid_token('"exp" claim timestamp check failed')
        if claims["url"] != path:
            raise RefusalError(400, "InvalidSignature", "Invalid signature", "InvalidSignature")

    async def _sign_upload(self, request: Request, bucket: str, key: str) -> Response:
        self._authorize(request)
        if bucket not in self.buckets:
            raise NO_RELATED
        token = self.sign(f"{bucket}/{key}", 7200)
        return JSONResponse({"url": f"/object/upload/sign/{bucket}/{key}?token={token}", "token": token})

    async def _upload(self, request: Request, bucket: str, key: str) -> Response:
        self._check_token(request, f"{bucket}/{key}")
        if key in self.buckets[bucket].objects:
            raise DUPLICATE
        content_type = request.headers.get("content-type", "application/octet-stream")
        self.buckets[bucket].objects[key] = (content_type, await request.body())
        return JSONResponse({"Key": f"{bucket}/{key}"})

    async def _put(self, request: Request, bucket: str, key: str) -> Response:
        self._authorize(request)
        if bucket not in self.buckets:
            raise NO_BUCKET
        if key in self.buckets[bucket].objects and request.headers.get("x-upsert") != "true":
            raise DUPLICATE
        async with request.form() as form:
            [file] = [part for part in form.values() if isinstance(part, UploadFile)]
            self.buckets[bucket].objects[key] = (file.content_type or "", await file.read())
        return JSONResponse({"Key": f"{bucket}/{key}", "Id": "1"})

    def _signed_url(self, bucket: str, key: str, seconds: str) -> str:
        self._object(bucket, key)
        return f"/object/sign/{bucket}/{key}?token={self.sign(f'{bucket}/{key}', int(seconds))}"

    async def _sign_read(self, request: Request, bucket: str, key: str) -> Response:
        self._authorize(request)
        return JSONResponse({"signedURL": self._signed_url(bucket, key, "60")})

    async def _sign_many(self, request: Request, bucket: str) -> Response:
        self._authorize(request)
        body = await request.json()
        return JSONResponse([self._signed_item(bucket, path, body["expiresIn"]) for path in body["paths"]])

    def _signed_item(self, bucket: str, path: str, seconds: str) -> dict[str, Any]:
        try:
            return {"error": None, "path": path, "signedURL": self._signed_url(bucket, path, seconds)}
        except RefusalError:
            error = "Either the object does not exist or you do not have access to it"
            return {"error": error, "path": path, "signedURL": None}

    async def _read_signed(self, request: Request, bucket: str, key: str) -> Response:
        self._check_token(request, f"{bucket}/{key}")
        return self._file(request, self._object(bucket, key))

    async def _read_public(self, request: Request, bucket: str, key: str) -> Response:
        if bucket not in self.buckets or not self.buckets[bucket].public:
            raise NO_BUCKET
        return self._file(request, self._object(bucket, key))

    async def _read(self, request: Request, bucket: str, key: str) -> Response:
        self._authorize(request)
        return self._file(request, self._object(bucket, key))

    def _file(self, request: Request, stored: tuple[str, bytes]) -> Response:
        content_type, content = stored
        asked = request.headers.get("range", "").removeprefix("bytes=0-")
        if not asked:
            return Response(content, media_type=content_type)
        if not content:
            return JSONResponse({"statusCode": "416", "error": "InvalidRange", "message": "out of range"}, 416)
        return Response(content[: int(asked) + 1], 206, media_type=content_type)

    async def _info(self, request: Request, bucket: str, key: str) -> Response:
        self._authorize(request)
        content_type, content = self._object(bucket, key)
        described = {"name": key, "bucket_id": bucket, "size": len(content), "content_type": content_type}
        return JSONResponse(described | {"cache_control": "no-cache", "metadata": {}})

    async def _delete(self, request: Request, bucket: str) -> Response:
        self._authorize(request)
        objects = self.buckets[bucket].objects
        gone = [key for key in (await request.json())["prefixes"] if objects.pop(key, None)]
        return JSONResponse([{"name": key, "bucket_id": bucket, "owner": ""} for key in gone])

    async def _bucket_info(self, request: Request, bucket: str) -> Response:
        self._authorize(request)
        if bucket not in self.buckets:
            raise NO_BUCKET
        times = {"created_at": "2026-11-21T20:19:41.857Z", "updated_at": "2026-11-21T20:19:41.857Z"}
        times |= {"file_size_limit": None, "allowed_mime_types": None}
        found = self.buckets[bucket]
        return JSONResponse({"id": bucket, "name": bucket, "owner": found.owner, "public": found.public} | times)

    async def _create_bucket(self, request: Request) -> Response:
        self._authorize(request)
        name = (await request.json())["name"]
        if name in self.buckets:
            raise RefusalError(409, "Duplicate", "The resource already exists", "BucketAlreadyExists")
        self.buckets[name] = Bucket()
        return JSONResponse({"name": name})


BASE_URL = "http://127.0.0.1:8000"
BUCKET = "grading-images"


class LocalPlace:
    """The local folder, and what a client does with the addresses it signs."""

    def __init__(self, folder: Path) -> None:
        self.now = 1_795_292_381.0
        self.storage = LocalStorage(folder, max_bytes=1000, now=lambda: self.now)

    async def put(self, upload: SignedUpload, content: bytes) -> None:
        path, token = self._parts(upload.upload_url, "/images/upload/")
        await self.storage.receive(path, token, chunks_of(content), length=None)

    async def get(self, url: str) -> bytes:
        file, _ = await self.storage.open_read(*self._parts(url, "/images/file/"))
        return file.read_bytes()

    def _parts(self, url: str, route: str) -> tuple[str, str]:
        path, _, token = url.removeprefix(f"{BASE_URL}{route}").partition("?token=")
        return path, token


class SupabasePlace:
    """The stand-in, and what a client does with the addresses it signs."""

    def __init__(self, fake: FakeSupabase, http: httpx.AsyncClient) -> None:
        self._http = http
        fake.add_bucket(BUCKET)
        self.storage = SupabaseStorage(fake.url, fake.service_key, BUCKET, http)

    async def put(self, upload: SignedUpload, content: bytes) -> None:
        response = await self._http.put(upload.upload_url, content=content, headers=upload.headers)
        response.raise_for_status()

    async def get(self, url: str) -> bytes:
        return (await self._http.get(url)).raise_for_status().content


async def chunks_of(content: bytes, size: int = 100) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


@pytest.fixture
async def http(supabase: FakeSupabase) -> AsyncIterator[httpx.AsyncClient]:
    async with supabase.client() as client:
        yield client


@pytest.fixture
def local_place(tmp_path: Path) -> LocalPlace:
    return LocalPlace(tmp_path / "data")


@pytest.fixture(params=["local", "supabase"])
def place(request: pytest.FixtureRequest) -> LocalPlace | SupabasePlace:
    """The same behaviour is asked of both."""
    if request.param == "local":
        return request.getfixturevalue("local_place")
    return SupabasePlace(request.getfixturevalue("supabase"), request.getfixturevalue("http"))


@pytest.fixture
def supabase() -> FakeSupabase:
    return FakeSupabase()


@pytest.fixture(scope="session")
def fake_supabase_type() -> type[FakeSupabase]:
    return FakeSupabase
