"""Which key or token a command sends, also where the settings admit users of tokens alone."""

import pytest

from app.commands.connected import credential
from app.commands.errors import CommandError
from app.settings import Settings
from tests.support.tokens import ISSUER, SECRET, legacy

USERS = {"SUPABASE_JWT_SECRET": SECRET, "SUPABASE_JWT_ISSUER": ISSUER}


def test_a_token_of_the_settings_comes_before_the_keys():
    both = Settings(secondmark_token="user", api_keys="first,second")

    assert credential(both, None) == credential(both, "http://other.example") == "user"
    assert credential(Settings(api_keys="first,second"), None) == "first"
    assert credential(Settings(), None) is None


def test_a_server_of_our_own_that_would_refuse_us_is_named_before_it_starts():
    users = Settings(supabase_jwt_secret=SECRET, supabase_jwt_issuer=ISSUER)

    with pytest.raises(CommandError, match="SECONDMARK_TOKEN"):
        credential(users, None)
    assert credential(users, "http://other.example") is None


def test_without_a_token_the_demo_says_in_one_line_what_to_set(secondmark):
    refused = secondmark("demo", **USERS)

    assert refused.returncode == 2
    assert "SECONDMARK_TOKEN" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_with_a_user_s_token_a_command_works_and_sees_what_is_that_user_s(secondmark):
    listed = secondmark("list", **USERS, SECONDMARK_TOKEN=legacy(sub="ada"))

    assert listed.returncode == 0, listed.stderr


def test_a_token_that_the_server_refuses_is_one_sentence(secondmark):
    refused = secondmark("list", **USERS, SECONDMARK_TOKEN=legacy(sub="ada", exp=1))

    assert refused.returncode == 2
    assert "It has expired. Commands send SECONDMARK_TOKEN" in refused.stderr
