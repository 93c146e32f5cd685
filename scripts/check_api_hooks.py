"""What schemathesis cannot know from the document, for `scripts/check-api`.

A good Idempotency-Key is one that was never used for another request, and a good cursor is one that
the server gave. No schema can say that, so a well-formed guess would be refused each time and
nothing behind the refusal be tried. What is malformed on purpose is left as it is.
"""

import re
import uuid

import schemathesis

KEY = re.compile(r"[!-~]{1,255}")

# The cursors that the server gave in this run.
given = set()


@schemathesis.hook
def before_call(context, case, kwargs):
    headers = case.headers or {}
    key = headers.get("Idempotency-Key")
    if isinstance(key, str) and KEY.fullmatch(key):
        headers["Idempotency-Key"] = str(uuid.uuid4())
        # One good key is as good as another. Unless it is told so, schemathesis takes the edit for
        # a repair: it forgets what else is wrong with the request and calls it a good one.
        case._sync_validated_hashes()
    query = case.query or {}
    if is_meant_well(case) and query.get("cursor") not in given:
        query.pop("cursor", None)


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code == 200 and "cursor" in (p.name for p in case.operation.query):
        cursor = response.json().get("next_cursor")
        if cursor is not None:
            given.add(cursor)


def is_meant_well(case):
    return case.meta is not None and case.meta.generation.mode.is_positive
