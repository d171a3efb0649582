"""A picture is judged by its whole structure."""

import pytest

from app.catalog.service.pictures import SIDE_MAX, BrokenPictureError, Picture, picture
from tests.factories.pictures import a_jpeg, a_png, a_webp, chunk

WHOLE = {
    "png": a_png,
    "jpeg": a_jpeg,
    "progressive": lambda width, height: a_jpeg(width, height, frame=0xC2),
    "webp": lambda width, height: a_webp(b"VP8 ", width, height),
    "lossless": lambda width, height: a_webp(b"VP8L", width, height),
    "extended": lambda width, height: a_webp(b"VP8X", width, height),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_whole_picture_tells_its_sides(kind):
    found = picture(WHOLE[kind](640, 480))
    assert (found.width, found.height) == (640, 480)
    assert found.media_type in {"image/png", "image/jpeg", "image/webp"}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_picture_that_is_cut_or_goes_on_is_broken(kind):
    data = WHOLE[kind](1, 1)
    for broken in [data[:length] for length in range(len(data))] + [data + b"<script>"]:
        with pytest.raises(BrokenPictureError):
            picture(broken)


@pytest.mark.parametrize("kind", WHOLE)
def test_a_picture_has_a_limit_of_its_sides(kind):
    assert not picture(WHOLE[kind](SIDE_MAX, SIDE_MAX)).is_too_large
    assert picture(WHOLE[kind](SIDE_MAX + 1, 1)).is_too_large
    assert picture(WHOLE[kind](1, SIDE_MAX + 1)).is_too_large


def test_a_png_may_claim_more_than_it_holds():
    assert picture(a_png(30_000, 30_000)) == Picture("image/png", 30_000, 30_000)


HEAD, END = a_png()[:33], chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [
        b"", b"GIF89a", b"<svg/>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xff\xff", a_png(0, 1),
        a_png().replace(b"IHDR", b"JHDR"), a_png()[:29] + bytes(4) + a_png()[33:],
        HEAD + END, HEAD[:8] + END, HEAD + chunk(b"IDAT", b"x") + END + END,
        a_jpeg(0, 1), a_jpeg(frame=0xC4), b"\xff\xd8\xff\xd9", b"\xff\xd8ab\xff\xd9",
        a_webp()[:-1], a_webp().replace(b"VP8 ", b"VP9 "), a_webp().replace(b"\x9d", b"\0"),
    ],
)  # fmt: skip
def test_what_is_no_whole_picture_is_broken(data):
    with pytest.raises(BrokenPictureError):
        picture(data)
