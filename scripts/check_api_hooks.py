"""What schemathesis cannot know from the document, for `scripts/check-api`.

A good Idempotency-Key is one that was never used for another request, a good cursor is one that
the server gave, a good id is one of something that is there, a good If-Match names the version that
is there, and a good unit is one of the item. No schema can say that, so a well-formed guess would be
refused nearly each time and nothing behind the refusal be tried. Most guesses are therefore replaced
by what is good, some are left. What is malformed on purpose is left as it is.
"""

import json
import os
import pathlib
import random
import re
import uuid

import schemathesis

KEY = re.compile(r"[!-~]{1,255}")

ID = re.compile(r"([a-z]+)_[0-7][0-9a-hjkmnp-tv-z]{25}")

# The share of guesses that are left as they are.
LEFT = 0.2

# The cursors that the server gave in this run.
given = set()

# Ids of what is in the database, by kind.
known = json.loads(pathlib.Path(os.environ["CHECK_API_KNOWN"]).read_text(encoding="utf-8"))
dice = random.Random(int(os.environ["CHECK_API_SEED"]))


@schemathesis.hook
def before_call(context, case, kwargs):
    headers = case.headers or {}
    key = headers.get("Idempotency-Key")
    if isinstance(key, str) and KEY.fullmatch(key):
        headers["Idempotency-Key"] = str(uuid.uuid4())
        # One good key is as good as another. Unless it is told so, schemathesis takes the edit for
        # a repair: it forgets what else is wrong with the request and calls it a good one.
        case._sync_validated_hashes()
    if not is_meant_well(case):
        return
    if case.query and case.query.get("cursor") not in given:
        case.query.pop("cursor", None)
    if "If-Match" in headers and dice.random() > LEFT:
        headers["If-Match"] = '"v1"'
    for part in ("path_parameters", "query", "body"):
        value = getattr(case, part)
        if isinstance(value, (dict, list)):
            setattr(case, part, with_known(value))
    case._sync_validated_hashes()


def with_known(value):
    """The same value with ids of what is there, and in the units that any item has."""
    if isinstance(value, dict):
        drop_unit = "unit" in value and "quantity" in value and dice.random() > LEFT
        return {
            name: with_known(member)
            for name, member in value.items()
            if not (drop_unit and name == "unit")
        }
    if isinstance(value, list):
        return [with_known(entry) for entry in value]
    kind = ID.fullmatch(value) if isinstance(value, str) else None
    if kind is not None and known.get(kind[1]) and dice.random() > LEFT:
        return dice.choice(known[kind[1]])
    return value


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code == 200 and "cursor" in (p.name for p in case.operation.query):
        cursor = response.json().get("next_cursor")
        if cursor is not None:
            given.add(cursor)


def is_meant_well(case):
    return case.meta is not None and case.meta.generation.mode.is_positive
