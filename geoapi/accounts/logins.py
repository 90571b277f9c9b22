"""Logins: one spelling each, whatever the keyboard made of it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from geoapi.errors import InvalidInput, Words

_LOGIN: Final = re.compile(r"[\w.@+-]{3,100}")


def normalised_login(typed: str) -> str:
    """The login as it is kept: without blanks around it, lower case, full-width forms as plain ones."""
    return unicodedata.normalize("NFKC", typed).strip().lower()


def new_login(typed: str) -> str:
    """The login for a new account; `InvalidInput` where it cannot be one."""
    login = normalised_login(typed)
    if not _LOGIN.fullmatch(login):
        raise InvalidInput(
            Words(
                "登录名须为 3 至 100 个字母、数字或 . _ @ + -",
                "must be 3 to 100 letters, digits or . _ @ + -",
            ),
            field="login",
            mend=Words("例如 wangfang 或邮箱", "for example wangfang, or an e-mail address"),
        )
    return login
