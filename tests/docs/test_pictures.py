"""The pictures of the documentation: there, of one width, small, shown in a document."""

import io

import pytest
from PIL import Image

from tests.docs.fence import documents
from tools.pictures import IMAGES, LARGEST, PICTURES, WIDTH, Picture, small


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_picture_fits_into_a_document_that_shows_it(picture: Picture) -> None:
    file = IMAGES / f"{picture.name}.png"
    assert file.stat().st_size <= LARGEST, "run: make pictures"
    with Image.open(file) as image:
        height = round(picture.size[1] * WIDTH / picture.size[0])
        assert image.size == (WIDTH, height), "run: make pictures"
    assert any(f"images/{file.name})" in document.read_text() for document in documents())


def test_picture_is_made_smaller_and_keeps_its_colours() -> None:
    """A page of grey with one red field keeps both; its width becomes that of all pictures."""
    page = Image.new("RGB", (1920, 300), (238, 240, 242))
    page.paste((190, 30, 30), (0, 0, 960, 300))
    told = io.BytesIO()
    page.save(told, "PNG")
    found = Image.open(io.BytesIO(small(told.getvalue()))).convert("RGB")
    assert found.size == (1280, 200)
    assert (found.getpixel((100, 100)), found.getpixel((1200, 100))) == ((190, 30, 30), (238, 240, 242))
