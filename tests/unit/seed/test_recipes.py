"""The sample clips as a table: complete, various, and each what its creator says."""

import re
from collections import Counter

from infra.clips.recipes import RECIPES
from infra.seed import DISPLAY_NAMES

UPLOADS_PER_HOUR = 10


def test_every_clip_has_a_name_and_words_of_its_own() -> None:
    assert len({recipe.slug for recipe in RECIPES}) == len(RECIPES) == 24
    assert len({recipe.description for recipe in RECIPES}) == len(RECIPES)
    assert all(re.fullmatch(r"[a-z0-9-]{3,40}", recipe.slug) for recipe in RECIPES)


def test_every_clip_has_hashtags_and_a_short_length() -> None:
    for recipe in RECIPES:
        assert re.search(r"#\w+", recipe.description), recipe.slug
        assert 5 <= recipe.seconds <= 8, recipe.slug


def test_the_topics_are_many_and_several_have_more_than_one_clip() -> None:
    topics = Counter(tag for recipe in RECIPES for tag in re.findall(r"#(\w+)", recipe.tags))
    assert len(topics) >= 12
    assert sum(count > 1 for count in topics.values()) >= 4


def test_nobody_posts_more_than_the_upload_limit_allows() -> None:
    posts = Counter(recipe.creator for recipe in RECIPES)
    assert set(posts) <= set(DISPLAY_NAMES)
    assert max(posts.values()) < UPLOADS_PER_HOUR


def test_the_first_few_clips_come_from_different_people() -> None:
    assert len({recipe.creator for recipe in RECIPES[:4]}) >= 3
