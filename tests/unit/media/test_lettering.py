"""Whatever somebody types becomes a picture that fits."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from chalicelib.media.effects import Text
from chalicelib.media.lettering import draw_lettering

WIDTH, HEIGHT = 1080, 1920
HOSTILE = [
    "", " ", "\0", "\x1b[31m\x07", "\u200b\u200d\ufeff", "\u202egnp.txt\u202c", "\ud800\udfff",
    "\n" * 80, "a\n" * 40, "W" * 80, "i" * 80, "e" + "\u0301\u0489\u0363" * 26, "\u0bcc\ufdfa" * 40,
    "👨\u200d👩\u200d👧\u200d👦" * 11, "🇫🇷" * 40, "👋🏽" * 40, "\u05e9\u05dc\u05d5 \u0645\u0631",
    ":'%{eif\\:1\\:d}',drawtext=textfile=/etc/passwd[x];[x]", "../../etc/passwd", "%s%n%d", "$(id)",
    "<svg onload=alert(1)>", "\U0010ffff\ufffe\uffff", "\u2028\u2029\x85\x0b", "\ufb03\u33a8" * 40,
]  # fmt: skip


def draw(
    text: str, size: str = "m", color: str = "#ffffff", canvas: tuple[int, int] = (WIDTH, HEIGHT)
) -> Image.Image:
    data = draw_lettering(Text(text, 0.5, 0.5, size, color), *canvas)  # type: ignore[arg-type]
    picture = Image.open(io.BytesIO(data))
    picture.load()
    assert (picture.format, picture.mode) == ("PNG", "RGBA")
    assert picture.width <= max(1, 0.9 * canvas[0])
    assert picture.height <= max(1, 0.4 * canvas[1])
    return picture


def is_clear(picture: Image.Image) -> bool:
    return picture.getchannel("A").getbbox() is None


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("canvas", [(WIDTH, HEIGHT), (144, 256), (4096, 100)])
def test_hostile_text_is_drawn_within_the_safe_area(text: str, canvas: tuple[int, int]) -> None:
    draw(text, "l", canvas=canvas)


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(), max_size=80), st.sampled_from("sml"))
def test_any_text_is_drawn(text: str, size: str) -> None:
    draw(text, size, canvas=(144, 256))


def test_sizes_differ_and_are_a_share_of_the_picture() -> None:
    small, medium, large = (draw("Hello", size).height for size in "sml")
    assert small < medium < large
    assert draw("Hello", canvas=(WIDTH // 2, HEIGHT // 2)).height == pytest.approx(
        medium / 2, abs=2
    )


def test_a_long_line_is_wrapped_and_a_long_text_made_smaller() -> None:
    words = "all the words of this sentence do not fit into one row"
    assert draw(words).height > 2 * draw("words").height
    assert draw("one\n" * 20, "l").height <= 0.4 * HEIGHT


def test_too_much_for_a_small_picture_ends_in_an_ellipsis_not_in_an_exception() -> None:
    assert draw("a\n" * 40, canvas=(200, 100)).height <= 40


def test_letters_have_their_colour_and_an_outline_in_contrast() -> None:
    for color, outline in (("#ffcc00", (0, 0, 0, 255)), ("#000033", (255, 255, 255, 255))):
        colours = {pixel for _, pixel in draw("Hello", "l", color).getcolors(1 << 24) or ()}
        assert {(*bytes.fromhex(color[1:]), 255), outline} <= colours


@pytest.mark.parametrize("text", ["café", "Überfluß", "Łódź", "Привет", "Γειά", "€5 •"])
def test_letters_of_european_languages_are_drawn(text: str) -> None:
    box = draw("日").tobytes()
    assert all(draw(letter).tobytes() != box for letter in text if letter != " ")


def test_accents_are_left_off_where_the_font_lacks_them() -> None:
    assert draw("e" + "\u0489\u0363" * 20).tobytes() == draw("e").tobytes()


def test_what_the_font_cannot_spell_shows_as_boxes_of_one_width() -> None:
    boxes = draw("日")
    assert not is_clear(boxes)
    assert draw("☕").tobytes() == boxes.tobytes()
    assert draw("日本").width > boxes.width


def test_only_what_cannot_be_seen_anywhere_is_clear() -> None:
    assert is_clear(draw("\u200b\u200d\0"))
    assert draw("a\u200b\u202eb").tobytes() == draw("ab").tobytes()
