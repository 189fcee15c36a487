"""Tokens in Supabase's form, tokens in forms that it never makes, and the server of its public keys."""

import asyncio
import base64
import hashlib
import hmac
import json
import time

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

PROJECT = "https://abc.supabase.co"
ISSUER = f"{PROJECT}/auth/v1"
JWKS_URL = f"{ISSUER}/.well-known/jwks.json"
SECRET = "the legacy secret of the project, 40 bytes"
EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
OTHER_EC_KEY = ec.generate_private_key(ec.SECP256R1())


def public_jwk(key, kid, algorithm):
    return json.loads(jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key())) | {"kid": kid, "alg": algorithm}


EC_JWK = public_jwk(EC_KEY, "ec", "ES256")
RSA_JWK = public_jwk(RSA_KEY, "rsa", "RS256")
SYMMETRIC_JWK = {"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 32).decode(), "kid": "oct", "alg": "HS256"}


def claims(**changes):
    given = {"iss": ISSUER, "aud": "authenticated", "sub": "user-1", "role": "authenticated", "exp": time.time() + 60}
    return {name: value for name, value in (given | changes).items() if value is not None}


def token(key=EC_KEY, algorithm="ES256", kid="ec", **changes):
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers={"kid": kid} if kid else None)


def legacy(**changes):
    return token(SECRET, "HS256", None, **changes)


def forged(header, payload, sign=lambda message: b""):
    """A token built by hand, because the library refuses to make tokens that must be refused."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, payload)]
    message = b".".join(parts)
    return (message + b"." + base64.urlsafe_b64encode(sign(message)).rstrip(b"=")).decode()


def hmac_with(secret):
    return lambda message: hmac.new(secret, message, hashlib.sha256).digest()


class KeyServer:
    """Serves `keys`, or `status`; counts how often it was asked."""

    def __init__(self, keys):
        self.keys = keys
        self.status = 200
        self.asked = 0

    async def handle(self, request):
        assert str(request.url) == JWKS_URL
        self.asked += 1
        await asyncio.sleep(0)
        return httpx.Response(self.status, json={"keys": self.keys})
