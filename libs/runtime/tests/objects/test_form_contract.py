"""One contract for forms at the real object store and at its double (patient-attachments.md 4.3 to 4.7)."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from priorbus.devstack.forms import post_form
from priorbus.runtime.objects import ObjectStore, SignedForm, open_objects
from priorbus.runtime.settings import ObjectStoreSettings
from priorbus.runtime.testing.objects import MemoryObjectStore

Answer = tuple[int, str, str]
Send = Callable[[SignedForm, str, bytes, Mapping[str, str]], Awaitable[Answer]]
PREFIX = "t_a/patients/1/attachments/temp/aa/"
LIMIT = 100


async def _post(form: SignedForm, name: str, body: bytes, fields: Mapping[str, str]) -> Answer:
    answer = await post_form(form.url, fields, name, body)
    return answer.status, answer.key, answer.code


@pytest.fixture(params=["memory", "s3"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[tuple[ObjectStore, Send]]:
    if request.param == "memory":
        memory = MemoryObjectStore()

        async def send(form: SignedForm, name: str, body: bytes, fields: Mapping[str, str]) -> Answer:
            answer = memory.post(form, name, body, fields)
            return answer.status, answer.key, answer.code

        yield memory, send
        return
    backing = request.getfixturevalue("backing")
    settings = ObjectStoreSettings(
        s3_endpoint=backing.s3_endpoint,
        s3_public_endpoint=backing.s3_endpoint,
        s3_access_key=backing.s3_access_key,
        s3_secret_key=backing.s3_secret_key,
        s3_region=backing.s3_region,
        s3_bucket=request.getfixturevalue("bucket"),
    )
    async with open_objects(settings) as objects:
        yield objects, _post


async def form_of(objects: ObjectStore, seconds: int = 60) -> SignedForm:
    now = datetime.now(UTC)
    return await objects.presign_post(PREFIX, max_bytes=LIMIT, now=now, expires=(now + timedelta(seconds=seconds)).replace(microsecond=0))


@pytest.mark.parametrize("name", ["scan 1.pdf", "100%.pdf", "a%20b.pdf", "a+b.pdf", "röntgen.pdf", "#1?.pdf", "a&b<c.pdf"])
async def test_the_key_ends_with_the_name(world: tuple[ObjectStore, Send], name: str) -> None:
    objects, send = world
    form = await form_of(objects)
    assert await send(form, name, b"%PDF-1.7", form.fields) == (201, PREFIX + name, "")
    found = await objects.head(PREFIX + name)
    assert found is not None
    assert found.size == 8


async def test_only_the_base_name_counts(world: tuple[ObjectStore, Send]) -> None:
    objects, send = world
    form = await form_of(objects)
    assert await send(form, "../../x.pdf", b"x", form.fields) == (201, PREFIX + "x.pdf", "")


async def test_the_declared_type_is_kept_also_by_a_copy(world: tuple[ObjectStore, Send]) -> None:
    objects, send = world
    form = await form_of(objects)
    assert (await send(form, "typed", b"x", {**form.fields, "Content-Type": "text/csv"}))[0] == 201
    await objects.copy(PREFIX + "typed", f"{PREFIX}copied", only_if_absent=True)
    for key in ("typed", "copied"):
        found = await objects.head(PREFIX + key)
        assert found is not None
        assert found.content_type == "text/csv"


async def test_sizes_outside_the_range(world: tuple[ObjectStore, Send]) -> None:
    objects, send = world
    form = await form_of(objects)
    assert await send(form, "size", b"", form.fields) == (400, "", "EntityTooSmall")
    assert await send(form, "size", bytes(LIMIT + 1), form.fields) == (400, "", "EntityTooLarge")
    assert await objects.head(PREFIX + "size") is None
    assert (await send(form, "size", bytes(LIMIT), form.fields))[0] == 201


@pytest.mark.parametrize(
    "change",
    [
        {"acl": "public-read"},
        {"key": "elsewhere/x"},
        {"success_action_status": "204"},
        {"x-amz-meta-extra": "1"},
        {"x-amz-signature": "0" * 64},
        {"policy": "e30="},
    ],
)
async def test_changed_forms_are_refused(world: tuple[ObjectStore, Send], change: dict[str, str]) -> None:
    objects, send = world
    form = await form_of(objects)
    status, key, _ = await send(form, "changed", b"x", {**form.fields, **change})
    assert (status, key) == (403, "")
    assert await objects.head(PREFIX + "changed") is None


async def test_a_field_that_is_left_out_is_refused(world: tuple[ObjectStore, Send]) -> None:
    objects, send = world
    form = await form_of(objects)
    fields = {name: value for name, value in form.fields.items() if name != "acl"}
    assert (await send(form, "without", b"x", fields))[0] == 403


async def test_expired_forms_are_refused(world: tuple[ObjectStore, Send]) -> None:
    objects, send = world
    form = await form_of(objects, seconds=-1)
    assert (await send(form, "late", b"x", form.fields))[0] == 403
